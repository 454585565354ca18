/**
 * The configuration: one YAML file, overridden by environment variables, checked as a whole. The only place
 * where the environment becomes settings. Every mistake is reported at once, with its path and a hint.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import {
  type Addresses,
  addressesSetting,
  autodiscoverSection,
  publicUrlSetting,
  redirectMistakes,
  resolveAddresses,
} from "./config-autodiscover.ts";
import {
  credentialsMistakes,
  credentialsSection,
  resolveCredentials,
  type ServerCredentials,
  type ServerName,
} from "./config-credentials.ts";
import { deviceMistakes, devicesSection, groupsSection } from "./config-devices.ts";
import { foldersSection } from "./config-folders.ts";
import { type JournalConfig, journalSection, resolveJournal } from "./config-journal.ts";
import { listenSection, resolveListen } from "./config-listen.ts";
import { imapSection, smtpSection } from "./config-mail.ts";
import { policiesSection } from "./config-policies.ts";
import { type PortalConfig, portalSection, resolvePortal } from "./config-portal.ts";
import { resolveState, type StateConfig, stateSection } from "./config-state.ts";
import { Secret } from "./log.ts";
import { heartbeatSeconds, pingFolders } from "./schema/limits.ts";

const port = z.number().int().min(0).max(65_535);
const url = z.url({ protocol: /^https?$/, error: "an http:// or https:// address" });
const zone = z.string().refine(isZone, "a time zone of the IANA list, such as Europe/Berlin");
const seconds = (least: number, most: number) => z.number().int().min(least).max(most);

/** What a typed name becomes: only these two placeholders exist. */
const loginForm = z
  .string()
  .refine((form) => !/[{}]/.test(form.replaceAll("{user}", "").replaceAll("{domain}", "")), "only {user} and {domain}");

const dav = z
  .strictObject({
    url: url.optional(),
    caldavUrl: url.optional(),
    carddavUrl: url.optional(),
    credentials: credentialsSection,
  })
  .refine((value) => value.url ?? value.caldavUrl ?? value.carddavUrl, "at least one of url, caldavUrl, carddavUrl")
  .refine(
    (value) => value.url === undefined || value.caldavUrl === undefined || value.carddavUrl === undefined,
    "url is asked for nothing beside both caldavUrl and carddavUrl: leave it out",
  );

const backend = z.strictObject({
  /** Part of the account's identity in the state store: do not change it later. */
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, "small letters, digits and - only")
    .default("default"),
  /** Mail domains (or the part before the backslash) whose users live here; empty: everybody else. */
  domains: z.array(z.string().toLowerCase()).default([]),
  dav,
  /** Where the same users' mail is, with the same names and passwords; left out: phones have no mail. */
  imap: imapSection.optional(),
  /** How it is sent; left out: phones send none. */
  smtp: smtpSection.optional(),
  /** Makes addresses of logins that are none, where the server tells no addresses: `anna` is `anna@example.org`. */
  mailDomain: z.string().toLowerCase().optional(),
  /** Mail addresses that are typed as logins, where `login.at` cannot make the login of them. */
  addresses: addressesSetting.optional(),
  login: z
    .strictObject({
      /** What the backend is told for `DOMAIN\user`: `{user}` and `{domain}` stand for the parts. */
      backslash: loginForm.default("{user}"),
      /** What the backend is told for `user@domain`. */
      at: loginForm.default("{user}@{domain}"),
    })
    .prefault({}),
  logins: z
    .strictObject({
      /** Wrong passwords within `window` after which new logins are not passed on: Nextcloud locks out at 11. */
      refusals: z.number().int().min(1).max(1_000_000).default(8),
      /** Seconds. */
      window: seconds(60, 86_400).default(1800),
      /** The server counts wrong passwords by the address in X-Forwarded-For: the limit holds for each phone's. */
      perClient: z.boolean().default(false),
    })
    .prefault({}),
});

const schema = z.strictObject({
  listen: listenSection,
  publicUrl: publicUrlSetting,
  autodiscover: autodiscoverSection,
  /** Folder for the embedded state store and the server's secret. */
  data: z.string().default("isthmus-data"),
  /** The secret that item ids are derived from; made in the data folder when it is not given. */
  secretFile: z.string().optional(),
  state: stateSection,
  zone: zone.default("UTC"),
  /** Figures and health, on a listener of their own; off where it is left out. */
  metrics: z.strictObject({ host: z.string().default("127.0.0.1"), port: port.default(9464) }).optional(),
  log: z
    .strictObject({
      level: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
      /** A folder for the same lines again, a file for each device; left out: none. */
      perDevice: z.string().optional(),
    })
    .prefault({}),
  backends: z
    .array(backend, "a list with at least one server")
    .min(1, "at least one backend")
    .refine(
      (sets) => new Set(sets.map(({ name }) => name)).size === sets.length,
      "two have one name: the name is part of each account's identity",
    )
    .refine(
      (sets) => sets.filter(({ domains }) => domains.length === 0).length <= 1,
      "two have no domains: only one can be for everybody else",
    ),
  /** What looks like an accident is held up until it is certain; each can be switched off. */
  brakes: z
    .strictObject({
      deletes: z.boolean().default(true),
      listings: z.boolean().default(true),
      creations: z.boolean().default(true),
      loops: z.boolean().default(true),
    })
    .prefault({}),
  folders: foldersSection,
  portal: portalSection,
  /** What devices change is kept, so that it can be undone; off where it is left out. */
  journal: journalSection.optional(),
  groups: groupsSection,
  devices: devicesSection,
  /** Sets of policies by name. */
  policies: policiesSection,
  push: z
    .strictObject({
      /** Seconds between two looks at a backend at the least, for all phones of one user together. */
      pollEvery: seconds(1, 3600).default(20),
      heartbeat: z
        .strictObject({
          min: seconds(1, heartbeatSeconds.most).default(heartbeatSeconds.least),
          max: seconds(1, heartbeatSeconds.most).default(heartbeatSeconds.most),
        })
        .refine(({ min, max }) => min <= max, "min must not be more than max")
        .prefault({}),
      maxFolders: seconds(1, pingFolders).default(pingFolders),
      wakeOn: z.enum(["all", "added"]).default("all"),
      hook: z
        .strictObject({
          secret: z.string().min(16, "at least 16 characters").optional(),
          secretFile: z.string().optional(),
          /** The server's hook tells of every change: a Sync need not ask when none came. */
          complete: z.boolean().default(false),
        })
        .optional(),
    })
    .prefault({}),
});

export type Config = Omit<z.infer<typeof schema>, "backends" | "journal" | "portal" | "push" | "state"> & {
  readonly backends: readonly BackendConfig[];
  readonly state: StateConfig;
  readonly journal?: JournalConfig;
  readonly portal: PortalConfig;
  readonly push: Omit<z.infer<typeof schema>["push"], "hook"> & {
    readonly hook?: { readonly secret: Secret; readonly complete: boolean };
  };
};

export type BackendConfig = Omit<z.infer<typeof backend>, "addresses"> & {
  readonly addresses: Addresses;
  /** What each of its servers is given, those that are not configured included. */
  readonly credentials: Readonly<Record<ServerName, ServerCredentials>>;
};

/** What is wrong with a configuration: one line per mistake, each with its path. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly string[];

  constructor(source: string, mistakes: readonly string[]) {
    super(`${source}:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`);
    this.mistakes = mistakes;
  }
}

/** Reads a configuration file. @throws ConfigError that names every mistake. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv = process.env): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(file, [`cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  let document: unknown;
  try {
    document = parseYaml(text) ?? {};
  } catch (error) {
    throw new ConfigError(file, [`is no YAML: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return checkConfig(document, { source: file, folder: dirname(resolve(file)), environment });
}

/** Checks a configuration that is already an object; relative paths are seen from `folder`. */
export function checkConfig(
  document: unknown,
  options: { readonly source?: string; readonly folder?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Config {
  const { source = "configuration", folder = process.cwd(), environment = {} } = options;
  const { settings, variables } = override(document, environment);
  const result = schema.safeParse(settings);
  if (!result.success)
    throw new ConfigError(
      source,
      result.error.issues.map((issue) => describe(issue, variables)),
    );
  const { data: value } = result;
  const mistakes: string[] = [];
  const hookSecret = value.push.hook && readSecret(value.push.hook, "push.hook", folder, mistakes);
  const { hook, ...push } = value.push;
  const { journal: givenJournal, ...rest } = value;
  const journal = givenJournal && resolveJournal(givenJournal, folder, mistakes);
  const state = resolveState(value.state, folder, mistakes);
  const portal = resolvePortal(value.portal, folder, mistakes);
  const backends = value.backends.map((one, index) => resolveBackend(one, `backends.${index}`, folder, mistakes));
  mistakes.push(...deviceMistakes(value.devices, value.groups, new Set(value.policies.keys())));
  mistakes.push(...redirectMistakes(value.autodiscover, backends));
  if (mistakes.length > 0) throw new ConfigError(source, mistakes);
  return {
    ...rest,
    ...(journal ? { journal } : {}),
    data: resolve(folder, value.data),
    log:
      value.log.perDevice === undefined ? value.log : { ...value.log, perDevice: resolve(folder, value.log.perDevice) },
    ...(value.secretFile === undefined ? {} : { secretFile: resolve(folder, value.secretFile) }),
    state,
    portal,
    listen: resolveListen(value.listen, folder),
    backends,
    push: { ...push, ...(hook && hookSecret ? { hook: { secret: hookSecret, complete: hook.complete } } : {}) },
  };
}

interface Overridden {
  readonly settings: unknown;
  /** By the setting's path: the variable it came from. */
  readonly variables: ReadonlyMap<string, string>;
}

/** `ISTHMUS_LISTEN_PORT=80` beats `listen.port`; `ISTHMUS_BACKENDS_0_DAV_URL` reaches into lists. */
function override(document: unknown, environment: NodeJS.ProcessEnv): Overridden {
  const settings: unknown = structuredClone(document);
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("ISTHMUS_") || noSetting.test(name) || value === undefined || !isRecord(settings)) continue;
    const path = pathOf(name.slice("ISTHMUS_".length).split("_"));
    assign(settings, path, value);
    variables.set(path.join("."), name);
  }
  return { settings, variables };
}

/**
 * What begins like a setting and is none: switches of tests, and what Kubernetes tells every container of a namespace
 * that has a service called isthmus (ISTHMUS_SERVICE_HOST, ISTHMUS_PORT_80_TCP …).
 */
const noSetting =
  /^ISTHMUS_(FAULT|FAULT_INJECTION|TEST_.*|RADICALE|XANDIKOS|DOVECOT|PYTHON|SEED|KILLS|SERVICE_.*|PORT(_.*)?)$/;

/** Two words of one setting: CERT_FILE is certFile. */
function pathOf(words: readonly string[]): readonly string[] {
  const path: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const joined = spelled[`${words[at]}_${words[at + 1]}`];
    path.push(joined ?? words[at]?.toLowerCase() ?? "");
    if (joined) at += 1;
  }
  return path;
}

function assign(at: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    // A secret of digits stays the text it is.
    at[key] = key === "secret" || key === "password" || key === "key" || key === "user" ? value : scalar(value);
    return;
  }
  let inner = at[key];
  if (!isRecord(inner)) {
    inner = /^\d+$/.test(rest[0] ?? "") ? [] : {};
    at[key] = inner;
  }
  assign(inner as Record<string, unknown>, rest, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Settings whose names have a capital inside. */
const spelled: Readonly<Record<string, string>> = {
  SECRET_FILE: "secretFile",
  PASSWORD_FILE: "passwordFile",
  PASSWORD_HASH: "passwordHash",
  TOTP_SECRET: "totpSecret",
  CA_FILE: "caFile",
  CERT_FILE: "certFile",
  KEY_FILE: "keyFile",
  CALDAV_URL: "caldavUrl",
  CARDDAV_URL: "carddavUrl",
  MAIL_DOMAIN: "mailDomain",
  POLL_EVERY: "pollEvery",
  MAX_FOLDERS: "maxFolders",
  WAKE_ON: "wakeOn",
  SAVES_SENT: "savesSent",
  TRUST_PROXY: "trustProxy",
  PER_CLIENT: "perClient",
  PER_DEVICE: "perDevice",
  PER_ADDRESS: "perAddress",
  PUBLIC_URL: "publicUrl",
};

function scalar(value: string): unknown {
  if (/^-?\d+$/.test(value)) return Number(value);
  if (value === "true" || value === "false") return value === "true";
  return value;
}

function describe(issue: z.core.$ZodIssue, variables: ReadonlyMap<string, string>): string {
  const path = issue.path.join(".") || "(top)";
  const isUnknown = issue.code === "unrecognized_keys";
  const about = isUnknown ? issue.keys.map((key) => [...issue.path, key].join(".")) : [issue.path.join(".")];
  const told = isUnknown ? `unknown setting ${issue.keys.join(", ")}` : issue.message;
  const named = [...variables]
    .filter(([setting]) => about.some((one) => isWithin(setting, one)))
    .map(([, name]) => name);
  return `${path}: ${told}${named.length === 0 ? "" : ` (set by ${named.join(", ")})`}`;
}

/** Whether a variable's setting is the one that is meant, or a part of it. */
function isWithin(setting: string, meant: string): boolean {
  return setting === meant || (meant !== "" && setting.startsWith(`${meant}.`));
}

function readSecret(
  given: { secret?: string | undefined; secretFile?: string | undefined },
  path: string,
  folder: string,
  mistakes: string[],
): Secret | undefined {
  if (given.secret !== undefined) return new Secret(given.secret);
  if (given.secretFile === undefined) {
    mistakes.push(`${path}: one of secret and secretFile`);
    return undefined;
  }
  try {
    const text = readFileSync(resolve(folder, given.secretFile), "utf8").trim();
    if (text.length >= 16) return new Secret(text);
    mistakes.push(`${path}.secretFile: the secret has fewer than 16 characters`);
  } catch (error) {
    mistakes.push(`${path}.secretFile: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

function resolveBackend(
  { imap, smtp, addresses: given, ...set }: z.infer<typeof backend>,
  path: string,
  folder: string,
  mistakes: string[],
): BackendConfig {
  const resolved = <T extends { readonly caFile?: string | undefined }>(server: T): T =>
    server.caFile === undefined ? server : { ...server, caFile: resolve(folder, server.caFile) };
  const sections = { dav: set.dav, imap, smtp };
  const credentialsOf = (server: ServerName): ServerCredentials =>
    resolveCredentials(sections[server]?.credentials ?? "same", `${path}.${server}.credentials`, folder, mistakes);
  const credentials = { dav: credentialsOf("dav"), imap: credentialsOf("imap"), smtp: credentialsOf("smtp") };
  const configured = (["dav", "imap", "smtp"] as const).filter((server) => sections[server] !== undefined);
  mistakes.push(...credentialsMistakes(new Map(configured.map((server) => [server, credentials[server]])), path));
  const addresses = resolveAddresses(given, `${path}.addresses`, folder, mistakes);
  return {
    ...set,
    addresses,
    ...(imap && { imap: resolved(imap) }),
    ...(smtp && { smtp: resolved(smtp) }),
    credentials,
  };
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
