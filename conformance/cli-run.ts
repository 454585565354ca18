/** What `isthmus conformance` does: chooses cases, runs them against a server, and writes the reports. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Version } from "../src/schema/versions.ts";
import { cases } from "./cases/index.ts";
import { resultLines, summary } from "./report/console.ts";
import { json } from "./report/json.ts";
import { junit } from "./report/junit.ts";
import { parseKnown } from "./runner/known.ts";
import { runCases, selectCases } from "./runner/run.ts";

export interface ConformanceOptions {
  readonly url: string;
  /** The addresses of the server's nodes, when it has several. */
  readonly nodes?: readonly string[];
  readonly user: string;
  readonly password: string;
  /** Left out: every version the server offers. */
  readonly versions?: readonly Version[];
  readonly query?: "plain" | "base64";
  /** False: the account has no mail. */
  readonly mail?: boolean;
  /** The account's own mail address, where the server does not tell it. */
  readonly address?: string;
  /** The beginning of a case id, or a requirement id. */
  readonly filter?: string;
  /** Prints the cases instead of running them. */
  readonly list?: boolean;
  /** Runs the cases that take long as well. */
  readonly slow?: boolean;
  /** Files to write. */
  readonly json?: string;
  readonly junit?: string;
  /** File of known failures. */
  readonly known?: string;
  /** Prints a line or several. Default: standard output. */
  readonly print?: (lines: string) => void;
}

/**
 * Returns whether the server passed: no MUST failed that is not listed, and nothing listed passed.
 * @throws Error when no case matches, the server is no ActiveSync server, or a file cannot be read or written.
 */
export async function runConformance(options: ConformanceOptions): Promise<boolean> {
  const { print = console.log, filter } = options;
  const chosen = selectCases(cases, filter);
  if (chosen.length === 0) throw new Error(`no case begins with ${filter} or is about it`);
  if (options.list === true) {
    for (const { id, level, says, spec } of chosen) print(`${id}\n    ${level}: ${says}\n    ${spec.join(" ")}`);
    print(`${chosen.length} cases`);
    return true;
  }
  const { url, nodes, user, password, versions, query, mail, address, slow } = options;
  const run = await runCases(
    chosen,
    {
      url,
      user,
      password,
      onResult: (result) => print(resultLines(result)),
      ...(nodes === undefined ? {} : { nodes }),
      ...(versions === undefined ? {} : { versions }),
      ...(query === undefined ? {} : { query }),
      ...(mail === undefined ? {} : { mail }),
      ...(address === undefined ? {} : { address }),
      ...(slow === undefined ? {} : { slow }),
      ...(options.known === undefined ? {} : { known: parseKnown(readFileSync(options.known, "utf8")) }),
    },
    cases,
  );
  print(summary(run));
  if (options.json !== undefined) writeFileSync(options.json, json(run));
  if (options.junit !== undefined) writeFileSync(options.junit, junit(run));
  return run.isGood;
}
