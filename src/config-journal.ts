/** The `journal` section of the configuration: what devices change is kept for a while, so that it can be undone. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Secret } from "./log.ts";

/** Characters: what `openssl rand -hex 16` gives, and no word that somebody made up. */
const shortestKey = 32;

export const journalSection = z
  .strictObject({
    /** What the journal is sealed with: whoever has the store alone cannot read it. */
    key: z.string().min(shortestKey, `at least ${shortestKey} characters`).optional(),
    keyFile: z.string().optional(),
    days: z.number().int().min(1).max(365).default(14),
  })
  .refine(({ key, keyFile }) => (key === undefined) !== (keyFile === undefined), "one of key and keyFile");

export interface JournalConfig {
  readonly key: Secret;
  /** How long changes are kept. */
  readonly days: number;
}

export function resolveJournal(
  { key, keyFile, days }: z.infer<typeof journalSection>,
  folder: string,
  mistakes: string[],
): JournalConfig {
  if (keyFile === undefined) return { key: new Secret(key ?? ""), days };
  try {
    const text = readFileSync(resolve(folder, keyFile), "utf8").trim();
    if (text.length < shortestKey) mistakes.push(`journal.keyFile: the key has fewer than ${shortestKey} characters`);
    return { key: new Secret(text), days };
  } catch (error) {
    mistakes.push(`journal.keyFile: ${error instanceof Error ? error.message : String(error)}`);
    return { key: new Secret(""), days };
  }
}
