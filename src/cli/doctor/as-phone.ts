/** `isthmus doctor --as-phone`: what a phone would do from beginning to end, at any server, ours or not. */
import type { Secret } from "../../log.ts";
import { seekServer } from "./candidates.ts";
import { checkCertificate } from "./certificate.ts";
import { bad, type Finding } from "./finding.ts";
import { isOwn } from "./logins.ts";
import { createNames, type Names } from "./names.ts";
import { trySync } from "./sync-steps.ts";
import { whyUnreachable } from "./unreachable.ts";
import { createWeb, type Web } from "./web.ts";

export interface PhoneOptions {
  /** The server, with the path of ActiveSync if it is not the usual one. */
  readonly url: URL;
  readonly user: string;
  readonly password: Secret;
  /** Seconds that a waiting request is tried. */
  readonly wait: number;
  readonly web?: Web;
  readonly names?: Names;
  readonly now?: () => number;
}

/** Seeks the server by the user's mail address, looks at its certificate, and syncs. The last finding is the end of it. */
export async function* playPhone(options: PhoneOptions): AsyncGenerator<Finding> {
  const { url, user, password, wait, now = Date.now, web = createWeb(), names = createNames() } = options;
  const found = yield* seekServer({ url, user, password, web, names, now });
  const target = found ?? url;
  if (yield* isSafe(target, web, now)) yield* trySync({ url: target, user, password, wait });
}

async function* isSafe(url: URL, web: Web, now: () => number): AsyncGenerator<Finding, boolean> {
  if (url.protocol === "http:") {
    if (isOwn(url.hostname)) return true;
    yield bad(
      `${url.href} is no https: phones would send the password for all to read`,
      "give phones an https:// address",
    );
    return false;
  }
  try {
    const findings = checkCertificate(url.host, await web.certificate(url), now());
    yield* findings;
    return findings.every(({ level }) => level !== "bad");
  } catch (error) {
    const [why, mend] = whyUnreachable(url.hostname, error);
    yield bad(`${url.host} cannot be reached: ${why}`, mend);
    return false;
  }
}
