/** What DNS says, asked of its servers: what stands in this machine's own list of hosts no phone sees. */
import type { SrvRecord } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";

export interface Names {
  /** IPv4 and IPv6 addresses; none where DNS knows of none. @throws when DNS gives no answer that counts. */
  addresses(host: string): Promise<readonly string[]>;
  /** SRV records, in the order in which they are to be tried. @throws as `addresses`. */
  services(name: string): Promise<readonly Service[]>;
}

export interface Service {
  readonly host: string;
  readonly port: number;
}

/** Milliseconds for a question. */
const patience = 3_000;
/** A domain that is known wherever the world's names are. */
const known = "org";

/** Node's resolver, as far as it is needed. */
export interface Questions {
  resolve4(host: string): Promise<readonly string[]>;
  resolve6(host: string): Promise<readonly string[]>;
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
  resolveNs(domain: string): Promise<readonly string[]>;
}

export function createNames(resolver: Questions = new Resolver({ timeout: patience, tries: 2 })): Names {
  let world: Promise<unknown> | undefined;

  /** Resolvers exist that know a few names of their own: what they do not know may be there all the same. */
  async function believed<T>(records: readonly T[]): Promise<readonly T[]> {
    if (records.length > 0) return records;
    world ??= resolver.resolveNs(known);
    await world.catch((error: unknown) => {
      throw new Error("the DNS of this machine knows no public names", { cause: error });
    });
    return records;
  }

  return {
    async addresses(host) {
      if (isIP(host) !== 0) return [host];
      const records = await Promise.all([orNone(resolver.resolve4(host)), orNone(resolver.resolve6(host))]);
      return believed(records.flat());
    },
    async services(name) {
      const records = await believed(await orNone(resolver.resolveSrv(name)));
      const ordered = records.toSorted((one, other) => one.priority - other.priority || other.weight - one.weight);
      return ordered.map(({ name: host, port }) => ({ host, port }));
    },
  };
}

/** The domain of a mail address, in small letters; undefined for what is none. */
export function mailDomainOf(login: string): string | undefined {
  return /^[^@\s\\]+@([^@\s]+)$/.exec(login)?.[1]?.toLowerCase();
}

async function orNone<T>(records: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await records;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}
