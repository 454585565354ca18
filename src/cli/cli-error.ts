/** A command cannot do what it was asked: printed plainly, without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** 2: the command line or the configuration is wrong; 1: anything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
