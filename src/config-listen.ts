/** Where phones are listened to: address, proxies in front, TLS and who may connect. */
import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";

const proxies = "true, false, how many proxies stand in a row (1 to 8), or a list of addresses and networks";

/** Whose X-Forwarded-For is believed: nobody's, the nearest proxy's, that of so many in a row, or by address. */
const trustProxy = z.union([z.boolean(), z.number(), z.array(z.string())], proxies).refine((value) => {
  if (typeof value === "number") return Number.isInteger(value) && value >= 1 && value <= 8;
  return !Array.isArray(value) || (value.length > 0 && value.every(isNetwork));
}, proxies);

const tls = z.strictObject({
  certFile: z.string(),
  keyFile: z.string(),
  /** Certificates of phones; left out: none is asked for. */
  clients: z
    .strictObject({
      /** Of the authorities that sign them (PEM). */
      caFile: z.string(),
      /** false: who shows none is served as well; one that is shown has to be right. */
      required: z.boolean().default(true),
      /** `login`: a certificate is good for the login that it names, and for no other. */
      names: z.enum(["any", "login"]).default("any"),
    })
    .optional(),
});

export const listenSection = z
  .strictObject({
    host: z.string().default("127.0.0.1"),
    port: z.number().int().min(0).max(65_535).default(8080),
    trustProxy: trustProxy.default(false),
    /** Connections that one address, or one IPv6 network, may have at once. */
    perAddress: z.number().int().min(8).max(1_000_000).default(1_000),
    tls: tls.optional(),
  })
  .prefault({});

export type ListenConfig = z.infer<typeof listenSection>;
export type TlsConfig = z.infer<typeof tls>;

/** Relative paths are seen from `folder`. */
export function resolveListen(listen: ListenConfig, folder: string): ListenConfig {
  if (!listen.tls) return listen;
  const { certFile, keyFile, clients } = listen.tls;
  return {
    ...listen,
    tls: {
      certFile: resolve(folder, certFile),
      keyFile: resolve(folder, keyFile),
      ...(clients && { clients: { ...clients, caFile: resolve(folder, clients.caFile) } }),
    },
  };
}

/** An address, or a network with the number of its leading bits. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
