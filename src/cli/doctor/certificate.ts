/** What a phone thinks of a certificate. It has no list of authorities of its own making, and fetches nothing missing. */
import { advice, bad, type Finding, good } from "./finding.ts";
import type { Certificate } from "./web.ts";

const day = 86_400_000;
/** Days: renewals are usually done a month before the end. */
const soon = 14;

/** One finding for each fault; a good one where there is none. */
export function checkCertificate(
  host: string,
  { names, isForHost, from, until, doubt }: Certificate,
  now: number,
): Finding[] {
  const faults: Finding[] = [];
  const days = Math.floor((until.getTime() - now) / day);
  if (until.getTime() < now) {
    faults.push(
      bad(
        `the certificate of ${host} has expired ${Math.floor((now - until.getTime()) / day)} days ago: phones refuse it`,
        "renew it",
      ),
    );
  } else if (from.getTime() > now) {
    const mend = "check the server's clock and this machine's";
    faults.push(bad(`the certificate of ${host} is valid from ${from.toISOString()} on only`, mend));
  }
  if (!isForHost) {
    const told = names.length === 0 ? "no name" : names.slice(0, 5).join(", ");
    faults.push(bad(`the certificate of ${host} is for ${told}: phones refuse it`, `have it issued for ${host} too`));
  }
  const chain = doubt === undefined ? undefined : doubts[doubt];
  if (chain) faults.push(bad(`the certificate of ${host} ${chain[0]}`, chain[1]));
  else if (doubt !== undefined && faults.length === 0)
    faults.push(
      bad(`the certificate of ${host} is not trusted (${doubt})`, "have it issued by a well-known authority"),
    );
  if (faults.length > 0) return faults;
  if (days < soon)
    return [advice(`the certificate of ${host} ends in ${days} days`, "see to it that its renewal works")];
  return [good(`the certificate of ${host} is for this name, complete, and valid for ${days} more days`)];
}

const known = "have it issued by an authority that phones know (Let's Encrypt is one), or install yours on every phone";

/** By Node's code: what is wrong with the chain. */
const doubts: Readonly<Record<string, readonly [says: string, mend: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ["is signed by itself: phones refuse it, or ask each user", known],
  SELF_SIGNED_CERT_IN_CHAIN: ["comes from an authority that phones do not know", known],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["comes from an authority that phones do not know, or a part is missing", known],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "comes without the one between it and its authority: browsers may know that, phones do not",
    "let the server send the whole chain (fullchain.pem)",
  ],
  CERT_REVOKED: ["was revoked", "have a new one issued"],
};
