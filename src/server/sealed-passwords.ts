/**
 * Passwords that users entered for the servers behind us, sealed with a key made of the phone's password: the store, and
 * whoever gets hold of it, cannot open them; the gateway can while a phone of that user asks, and at no other time.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from "node:crypto";
import type { ServerName } from "../config-credentials.ts";
import { BackendError } from "../errors.ts";
import { Secret } from "../log.ts";
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";

/** Of one backend; `who` is the account as the server that checks phones' passwords has it. */
export interface SealedPasswords {
  has(who: string, server: ServerName): Promise<boolean>;
  /**
   * Undefined where none was entered.
   * @throws BackendError `busy` when it does not open: the phone's password was changed since.
   */
  open(who: string, server: ServerName, phone: Secret): Promise<Secret | undefined>;
  seal(who: string, server: ServerName, phone: Secret, password: Secret): Promise<void>;
  forget(who: string, server: ServerName): Promise<void>;
}

/** Octets as base64. */
interface Sealed {
  /** Of scrypt, so that it can be made dearer later. */
  readonly cost: number;
  readonly salt: string;
  readonly nonce: string;
  readonly text: string;
  readonly tag: string;
}

/** 2^15 rounds of 8 blocks: 32 MiB and some 80 ms for each guess (RFC 7914 §2). */
const cost = 2 ** 15;
/** What a record may ask for, should somebody else have written it. */
const mostCost = 2 ** 17;
const blocks = 8;

export function createSealedPasswords(state: State, backend: string): SealedPasswords {
  // No account's records: a backend's name has no brackets.
  const scope = { user: `(passwords) ${backend}` };

  async function find(who: string, server: ServerName): Promise<Sealed | undefined> {
    const key = keyOf(who, server);
    return decodeRecord<Sealed>((await state.read(scope, [key])).get(key));
  }

  return {
    has: async (who, server) => (await find(who, server)) !== undefined,
    async open(who, server, phone) {
      const sealed = await find(who, server);
      return sealed && unseal(sealed, phone, aboutOf(backend, who, server));
    },
    async seal(who, server, phone, password) {
      const sealed = await sealOne(password, phone, aboutOf(backend, who, server));
      await state.commit(scope, { put: new Map([[keyOf(who, server), encodeRecord(sealed)]]), durable: true });
    },
    async forget(who, server) {
      await state.commit(scope, { remove: [keyOf(who, server)], durable: true });
    },
  };
}

function keyOf(who: string, server: ServerName): string {
  return `${server}/${createHash("sha256").update(who).digest("base64url")}`;
}

/** What it was sealed for: moved to another account or server, it does not open. */
function aboutOf(backend: string, who: string, server: ServerName): Buffer {
  return Buffer.from(JSON.stringify([backend, who, server]));
}

async function sealOne(password: Secret, phone: Secret, about: Buffer): Promise<Sealed> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await keyFrom(phone, salt, cost), nonce);
  cipher.setAAD(about);
  const text = Buffer.concat([cipher.update(password.reveal(), "utf8"), cipher.final()]);
  const [saltText, nonceText, textText, tag] = [salt, nonce, text, cipher.getAuthTag()].map((octets) =>
    octets.toString("base64"),
  ) as [string, string, string, string];
  return { cost, salt: saltText, nonce: nonceText, text: textText, tag };
}

async function unseal(sealed: Sealed, phone: Secret, about: Buffer): Promise<Secret> {
  try {
    if (sealed.cost > mostCost) throw new RangeError("a cost that we never ask for");
    const key = await keyFrom(phone, Buffer.from(sealed.salt, "base64"), sealed.cost);
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(sealed.nonce, "base64"), { authTagLength: 16 });
    decipher.setAAD(about);
    decipher.setAuthTag(Buffer.from(sealed.tag, "base64"));
    const text = Buffer.concat([decipher.update(Buffer.from(sealed.text, "base64")), decipher.final()]);
    return new Secret(text.toString("utf8"));
  } catch {
    // Why it does not open is nobody's business, and the cause would name parts of it.
    throw new BackendError("busy", "the phone's password was changed: the server's own is to be entered again");
  }
}

function keyFrom(phone: Secret, salt: Buffer, rounds: number): Promise<Buffer> {
  const options = { N: rounds, r: blocks, p: 1, maxmem: 256 * rounds * blocks };
  return new Promise((resolve, reject) => {
    scrypt(phone.reveal(), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
