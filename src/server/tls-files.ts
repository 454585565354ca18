/**
 * The files of the built-in TLS. A certificate is good for weeks and is renewed by another program: what it wrote is
 * used for new connections soon after, without a restart. Files that do not fit together, as between the writing of
 * the one and the other, change nothing.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type Server } from "node:tls";
import type { TlsConfig } from "../config-listen.ts";
import type { Log } from "../log.ts";

/** As TLS takes them. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** @throws when one cannot be read, or they do not fit together. */
export function readTlsFiles({ certFile, keyFile, clients }: TlsConfig): TlsMaterial {
  const material = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clients && { ca: readFileSync(clients.caFile) }),
  };
  createSecureContext(material);
  return material;
}

/** When the certificate ends, in seconds since 1970. */
export function endOf({ cert }: TlsMaterial): number {
  return Date.parse(new X509Certificate(cert).validTo) / 1000;
}

export interface TlsFilesOptions {
  readonly files: TlsConfig;
  /** What the server was made with. */
  readonly material: TlsMaterial;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Told of what is used from now on. */
  readonly onRenewed: (material: TlsMaterial) => void;
  readonly log: Log;
}

/** Looks at the files now and then, until the server is closed. */
export function renewTls(server: Server, { files, material, every, onRenewed, log }: TlsFilesOptions): void {
  let current = material;
  let refused = "";
  const look = () => {
    try {
      const found = readTlsFiles(files);
      refused = "";
      if (isSame(found, current)) return;
      server.setSecureContext({ ...found, minVersion });
      current = found;
      onRenewed(found);
      log.info({ certificate: files.certFile, until: new Date(endOf(found) * 1000) }, "the certificate was renewed");
    } catch (error) {
      // One line for one mistake, however often it is looked at.
      const told = error instanceof Error ? error.message : String(error);
      if (told !== refused) log.error({ error }, "the new certificate cannot be used: the one before it stays");
      refused = told;
    }
  };
  const timer = setInterval(look, every).unref();
  server.once("close", () => clearInterval(timer));
}

/** Older ones are broken, and no phone of the last ten years needs them. */
export const minVersion = "TLSv1.2";

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key) && (one.ca ?? none).equals(other.ca ?? none);
}

const none = Buffer.alloc(0);
