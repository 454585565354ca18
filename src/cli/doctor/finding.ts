/** What the doctor says. */
export interface Finding {
  /** `bad`: something does not work. `advice`: it works, and could be better or safer. `note`: neither good nor bad. */
  readonly level: "good" | "note" | "advice" | "bad";
  readonly says: string;
  /** What to do about it. */
  readonly mend?: string;
}

export function good(says: string): Finding {
  return { level: "good", says };
}

export function note(says: string): Finding {
  return { level: "note", says };
}

export function advice(says: string, mend: string): Finding {
  return { level: "advice", says, mend };
}

export function bad(says: string, mend: string): Finding {
  return { level: "bad", says, mend };
}

const marks = { good: "ok    ", note: "      ", advice: "advice", bad: "WRONG " } as const;

/** A line, and one for the mending. */
export function formatFinding({ level, says, mend }: Finding): string {
  return `${marks[level]}  ${says}${mend === undefined ? "" : `\n        -> ${mend}`}`;
}
