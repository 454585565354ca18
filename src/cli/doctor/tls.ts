/** The certificate of the gateway's own TLS. */
import type { Config } from "../../config.ts";
import { endOf, readTlsFiles } from "../../server/tls-files.ts";
import { advice, bad, type Finding, good } from "./finding.ts";

const day = 86_400;
/** Days: renewals are usually done a month before the end. */
const soon = 14;

/** @param now milliseconds since 1970. */
export function* checkTls({ listen: { tls } }: Config, now: number): Generator<Finding> {
  if (!tls) return;
  try {
    const days = Math.floor((endOf(readTlsFiles(tls)) - now / 1000) / day);
    const renew = "see to it that its renewal works: renewed files are used without a restart";
    if (days < 0) yield bad(`${tls.certFile} has expired: phones refuse it`, renew);
    else if (days < soon) yield advice(`${tls.certFile} ends in ${days} days`, renew);
    else yield good(`${tls.certFile} and its key fit together, for ${days} more days`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield bad(
      `the certificate of listen.tls cannot be used: ${why}`,
      "name PEM files that belong together, and that the gateway's user may read",
    );
  }
}
