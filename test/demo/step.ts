/** A step of the demo: it says what happened, or throws. */
export interface Step {
  readonly says: string;
  /** @returns what came of it, in a few words. */
  readonly act: () => Promise<string>;
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
