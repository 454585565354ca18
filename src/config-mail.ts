/** The part of the configuration that says where a user's mail is, and how it is sent. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { credentialsSection } from "./config-credentials.ts";

const ports = { imap: 143, imaps: 993, smtp: 587, smtps: 465 } as const;
type Scheme = keyof typeof ports;

/** `imap://` and `smtp://`: with STARTTLS, and never without, unless `plain` is set; with an s: TLS from the first octet on. */
function address(schemes: readonly Scheme[]) {
  const protocol = new RegExp(`^(${schemes.join("|")})$`);
  const told = `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  return {
    url: z.url({ protocol, hostname: /^.+$/, error: told }).refine(isPlace, "a host and a port, and nothing else"),
    /** Passwords cross the network as they are: for a server on this machine. */
    plain: z.boolean().default(false),
    /** Of the authority that signed the server's certificate, where it is none that Node knows (PEM). */
    caFile: z.string().optional(),
    credentials: credentialsSection,
  };
}

function isPlace(url: string): boolean {
  if (!URL.canParse(url)) return true; // It is told already.
  const { username, password, pathname, search, hash } = new URL(url);
  return [username, password, pathname.replace(/^\/$/, ""), search, hash].every((part) => part === "");
}

/** TLS and none at once. */
const isClear = ({ url, plain }: { readonly url: string; readonly plain: boolean }) => !plain || !/^\w+s:/i.test(url);
const contradiction = "plain contradicts the TLS of the address";

export const imapSection = z
  .strictObject({
    ...address(["imap", "imaps"]),
    /** Phones see mailboxes that the user is not subscribed to. */
    unsubscribed: z.boolean().default(true),
    /** Phones see other people's mailboxes, and public ones. */
    shared: z.boolean().default(true),
  })
  .refine(isClear, contradiction);

export const smtpSection = z
  .strictObject({
    ...address(["smtp", "smtps"]),
    /** The user's name and password are given to it; false: it takes mail from this gateway's address. */
    login: z.boolean().default(true),
    /** It keeps a copy of what it sends in Sent by itself. */
    savesSent: z.boolean().default(false),
  })
  .refine(isClear, contradiction)
  .refine(
    ({ login, credentials }) => login || credentials === "same",
    "credentials are for a server that wants a login: leave out login: false",
  );

/** Where a mail server is and how it is spoken to. */
export interface MailServerAddress {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls" | "none";
  /** PEM. */
  readonly ca?: string;
}

/** @throws Error when the authority's file cannot be read. */
export function mailServerAddress({
  url,
  plain,
  caFile,
}: Pick<z.infer<typeof imapSection>, "url" | "plain" | "caFile">): MailServerAddress {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol.slice(0, -1) as Scheme;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? ports[scheme] : Number(port),
    security: scheme.endsWith("s") ? "tls" : plain ? "none" : "starttls",
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, "utf8") }),
  };
}
