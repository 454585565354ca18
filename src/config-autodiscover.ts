/**
 * The part of the configuration that says how phones find the gateway: its address, whose mail address is which login,
 * and the mail domains whose users are to be found elsewhere.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

const origin = "the gateway's own address: https://, a name, and a port if need be, and nothing else";

/** The gateway's address as phones have it, without a slash in the end: paths are added to it. */
export const publicUrlSetting = z
  .url({ protocol: /^https?$/, error: origin })
  .refine(isOrigin, origin)
  .transform((url) => url.replace(/\/$/, ""))
  .optional();

const address = z.string().regex(/^[^@\s]{1,64}@[^@\s]{1,255}$/, "a mail address");
const login = z.string().regex(/^[^\u0000-\u001f\u007f]{1,256}$/, "a login");

/** Which login a mail address is: `{ address: login }`, or the name of a file that holds such pairs. */
export const addressesSetting = z.union(
  [z.record(address.toLowerCase(), login), z.string().min(1)],
  "addresses and their logins, or the name of a file that holds them",
);

const redirect = z
  .strictObject({
    /** Mail domains. */
    domains: z
      .array(
        z
          .string()
          .toLowerCase()
          .regex(/^[^@\s]+$/, "a mail domain, without @"),
      )
      .min(1)
      .max(1_000),
    /** Where their Autodiscover is; without a path the usual one is added. */
    url: z.url({ protocol: /^https$/, error: "an https:// address: phones will send a password there" }).optional(),
    /** The address that is asked for instead: `{user}` is the part before the `@`. */
    address: z
      .string()
      .regex(/^[^@\s]+@[^@\s{}]+$/, "a mail address")
      .refine((form) => !/[{}]/.test(form.replaceAll("{user}", "")), "only {user}")
      .optional(),
  })
  .refine(({ url, address: other }) => (url === undefined) !== (other === undefined), "one of url and address");

export const autodiscoverSection = z
  .strictObject({
    /** Mail domains whose phones are sent elsewhere. */
    redirects: z.array(redirect).max(1_000).default([]),
  })
  .prefault({});

export type AutodiscoverConfig = z.infer<typeof autodiscoverSection>;

/** By mail address, in small letters: the login. */
export type Addresses = ReadonlyMap<string, string>;

/** Pairs as they are given, or as their file has them: a line each, address and login, `#` begins a remark. */
export function resolveAddresses(
  given: z.infer<typeof addressesSetting> | undefined,
  path: string,
  folder: string,
  mistakes: string[],
): Addresses {
  if (typeof given !== "string") return new Map(Object.entries(given ?? {}));
  try {
    return readPairs(readFileSync(resolve(folder, given), "utf8"), (mistake) => mistakes.push(`${path}: ${mistake}`));
  } catch (error) {
    mistakes.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return new Map();
  }
}

/** Domains that are served here and sent elsewhere at once, or sent to an address that is sent elsewhere again. */
export function redirectMistakes(
  { redirects }: AutodiscoverConfig,
  backends: readonly { readonly domains: readonly string[] }[],
): readonly string[] {
  const served = new Set(backends.flatMap(({ domains }) => domains));
  const sent = new Set(redirects.flatMap(({ domains }) => domains));
  return redirects.flatMap(({ domains, address: other = "" }, index) => {
    const path = `autodiscover.redirects.${index}`;
    const target = other.slice(other.lastIndexOf("@") + 1).toLowerCase();
    return [
      ...domains
        .filter((domain) => served.has(domain))
        .map((domain) => `${path}.domains: ${domain} is one of a backend's domains as well`),
      ...(sent.has(target) ? [`${path}.address: ${target} is sent elsewhere itself`] : []),
    ];
  });
}

function readPairs(text: string, report: (mistake: string) => void): Addresses {
  const pairs = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [whole, rawAddress = "", rawLogin = ""] = /^\s*([^\s#]\S*)\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (/^\s*(#|$)/.test(line)) continue;
    const key = address.toLowerCase().safeParse(rawAddress);
    const name = login.safeParse(rawLogin);
    if (whole === undefined || !key.success || !name.success) report(`line ${index + 1} is no address and its login`);
    else if (pairs.has(key.data) && pairs.get(key.data) !== name.data)
      report(`line ${index + 1}: ${key.data} has two logins`);
    else pairs.set(key.data, name.data);
  }
  return pairs;
}

function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return true; // It is told already.
  const { username, password, pathname, search, hash } = new URL(url);
  return [username, password, pathname.replace(/^\/$/, ""), search, hash].every((part) => part === "");
}
