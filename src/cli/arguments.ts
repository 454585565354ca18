import { CliError } from "./cli-error.ts";

/**
 * Refuses what the command does not know: a misspelled option must not be ignored, and a password never stands on a
 * command line, where every user of the machine can read it.
 * @param known the command's `args`.
 * @param values how many arguments without a name it takes.
 * @throws CliError (2)
 */
export function checkArguments(
  given: { readonly _: readonly string[] },
  known: Readonly<Record<string, { readonly type?: string | undefined }>>,
  values = 0,
): void {
  const names = new Set(Object.keys(known).flatMap((name) => [name, camel(name)]));
  for (const name of Object.keys(given)) {
    if (name === "_" || names.has(name)) continue;
    if (/^pass(word)?$|^p$/i.test(name))
      throw new CliError("a password is not taken as an argument: --password-file", 2);
    throw new CliError(`there is no option --${name}`, 2);
  }
  const extra = given._.slice(values);
  if (extra.length > 0) throw new CliError(`what is ${extra.join(" ")}?`, 2);
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
