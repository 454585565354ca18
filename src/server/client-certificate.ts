/**
 * Certificates of phones that name a login: a password that was stolen is of no use on another phone. The name stands in
 * the certificate's subject (CN or emailAddress) or among its mail addresses (subjectAltName), and is compared with the
 * login as it was typed, without the domain of `DOMAIN\user`. Capitals do not matter.
 */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { HttpError } from "../errors.ts";

/**
 * Where no certificate was shown there is nothing to compare: whether one has to be is decided when a connection begins.
 * @throws HttpError 403 for another's certificate.
 */
export function checkCertificate(request: IncomingMessage, login: string): void {
  const names = namesOf(request);
  if (names === undefined || names.has(plainName(login))) return;
  throw new HttpError(403, `the certificate of ${[...names].join(", ") || "nobody"} is shown with another login`);
}

/** In small letters; undefined where no certificate was shown. */
function namesOf({ socket }: IncomingMessage): ReadonlySet<string> | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const subject = certificate.subject.split("\n").flatMap((line) => /^(?:CN|emailAddress)=(.+)$/.exec(line)?.[1] ?? []);
  // Quoted where it holds a comma: that is no mail address that anybody logs in with.
  const others = (certificate.subjectAltName ?? "").split(", ").flatMap((one) => /^email:(.+)$/.exec(one)?.[1] ?? []);
  return new Set([...subject, ...others].map((name) => name.toLowerCase()));
}

function plainName(login: string): string {
  return login.slice(login.indexOf("\\") + 1).toLowerCase();
}
