/** Users of some mail domains are not here: where their phones are sent, by configuration. */
import type { AutodiscoverConfig } from "../../config-autodiscover.ts";
import { domainOf } from "./request.ts";

export type Elsewhere =
  /** Of the other server's Autodiscover. */
  | { readonly url: URL }
  /** To be asked for instead. */
  | { readonly address: string };

export function findElsewhere({ redirects }: AutodiscoverConfig, address: string): Elsewhere | undefined {
  const domain = domainOf(address);
  const found = redirects.find(({ domains }) => domains.includes(domain));
  if (found?.url !== undefined) return { url: new URL(found.url) };
  if (found?.address === undefined) return undefined;
  const user = address.slice(0, address.lastIndexOf("@"));
  return { address: found.address.replaceAll("{user}", () => user) };
}
