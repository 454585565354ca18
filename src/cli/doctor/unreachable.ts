/** What the errors of connections mean. */
import { bad, type Finding } from "./finding.ts";

export function unreachable(url: URL, error: unknown): Finding {
  const [why, mend] = whyUnreachable(url.hostname, error);
  return bad(`${url.href} cannot be reached: ${why}`, mend);
}

/** What a connection's error means, and what to do. */
export function whyUnreachable(host: string, error: unknown): readonly [why: string, mend: string] {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [why, mend] = reasons[code] ?? [error instanceof Error ? error.message : String(error), "check the address"];
  return [why, mend.replaceAll("{host}", host)];
}

/** By the error's code: what it means, and what to do. */
const reasons: Readonly<Record<string, readonly [why: string, mend: string]>> = {
  ENOTFOUND: ["there is no such host", "check the name {host} for a typing error, and this machine's DNS"],
  EAI_AGAIN: ["the name cannot be looked up now", "check this machine's DNS"],
  ECONNREFUSED: ["nothing listens there", "check the port, and that the server runs"],
  ECONNRESET: ["the connection was cut", "is it https:// instead of http://?"],
  EHOSTUNREACH: ["there is no way to this host", "check the network and firewalls"],
  ENETUNREACH: ["there is no way to this network", "check the network and firewalls"],
  ETIMEDOUT: ["no answer within 10 s", "check the port and firewalls"],
  EPROTO: ["it speaks no TLS", "is it http:// instead of https://?"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["it speaks no TLS", "is it http:// instead of https://?"],
  HPE_INVALID_CONSTANT: ["it speaks no HTTP", "is it https:// instead of http://, or another port?"],
  CERT_HAS_EXPIRED: ["its certificate has expired", "renew it"],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", "check the clock of this machine"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another name",
    "use the name that the certificate has, not {host}",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "its certificate is signed by itself",
    "start isthmus with NODE_EXTRA_CA_CERTS=that certificate's file",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "its certificate comes from an authority not known here",
    "start isthmus with NODE_EXTRA_CA_CERTS=the authority's file",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "its certificate's chain is not complete",
    "let the server send the whole chain (fullchain.pem)",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "its certificate comes from an authority not known here",
    "send the whole chain, or set NODE_EXTRA_CA_CERTS",
  ],
};
