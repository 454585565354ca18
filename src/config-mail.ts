/** The part of the configuration that says where a user's mail is, and how it is sent. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

const ports = { imap: 143, imaps: 993, smtp: 587, smtps: 465 } as const;
type Scheme = keyof typeof ports;

/** `imap://`: with STARTTLS, and never without, unless `plain` is set; `imaps://`: TLS from the first octet on. */
function server(schemes: readonly Scheme[]) {
  const protocol = new RegExp(`^(${schemes.join("|")})$`);
  return z
    .strictObject({
      url: z
        .url({
          protocol,
          hostname: /^.+$/,
          error: `an address that begins with ${schemes.map((one) => `${one}://`).join(" or ")}`,
        })
        .refine((url) => new URL(url).username === "" && /^\/?$/.test(new URL(url).pathname), "host and port only"),
      /** Passwords cross the network as they are: for a server on this machine. */
      plain: z.boolean().default(false),
      /** Of the authority that signed the server's certificate, where it is none that Node knows (PEM). */
      caFile: z.string().optional(),
    })
    .refine(({ url, plain }) => !plain || !/^\w+s:/.test(url), "plain contradicts the TLS of the address");
}

export const imapSection = server(["imap", "imaps"]);
export const smtpSection = server(["smtp", "smtps"]);

export type MailServerConfig = z.infer<typeof imapSection>;

/** Where a mail server is and how it is spoken to. */
export interface MailServerAddress {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls" | "none";
  /** PEM. */
  readonly ca?: string;
}

/** @throws Error when the authority's file cannot be read. */
export function mailServerAddress({ url, plain, caFile }: MailServerConfig): MailServerAddress {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol.slice(0, -1) as Scheme;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? ports[scheme] : Number(port),
    security: scheme.endsWith("s") ? "tls" : plain ? "none" : "starttls",
    ...(caFile === undefined ? {} : { ca: readFileSync(resolve(caFile), "utf8") }),
  };
}
