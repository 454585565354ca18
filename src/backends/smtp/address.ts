import { domainToASCII } from "node:url";

const nonAscii = /[^\p{ASCII}]/u;

/**
 * An address as every server takes it: a domain of other letters in its ASCII form (RFC 5891). Left as it is where that
 * is no help: only SMTPUTF8 (RFC 6531) carries other letters before the "@".
 */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (at < 0 || !nonAscii.test(domain) || nonAscii.test(local)) return address;
  const ascii = domainToASCII(domain);
  return ascii === "" ? address : `${local}@${ascii}`;
}
