/** Composition: configuration, state, backends, engine, application; and their end. */

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toNodeHandler } from "h3";
import { clients } from "../mappings/clients.ts";
import { itemMappings } from "../mappings/index.ts";
import type { Backend } from "./backends/backend.ts";
import { createDavBackend } from "./backends/dav/dav.ts";
import { createImapBackend } from "./backends/imap/imap.ts";
import { createSmtpSubmitter } from "./backends/smtp/smtp.ts";
import { handlers } from "./commands/index.ts";
import type { BackendConfig, Config } from "./config.ts";
import { mailServerAddress } from "./config-mail.ts";
import { type Conversations, createConversations } from "./conversation/conversations.ts";
import { createAdmission } from "./devices/admission.ts";
import { createAuditLog } from "./devices/audit.ts";
import { createLastSeenNotes } from "./devices/last-seen.ts";
import { createDeviceRegistry, type DeviceRegistry, type RegistryOptions } from "./devices/registry.ts";
import type { DeviceSettings } from "./devices/rules.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Metrics, noMetrics } from "./metrics.ts";
import { createPortal } from "./portal/portal.ts";
import { createApp } from "./server/app.ts";
import { createAuthenticator } from "./server/authenticate.ts";
import { createAutodiscover } from "./server/autodiscover/autodiscover.ts";
import { type BackendFigures, createBackendFigures } from "./server/backend-figures.ts";
import {
  type BehindName,
  createBackendHealth,
  describeHealth,
  readHealth,
  type ServerHealth,
} from "./server/backend-health.ts";
import { createClientAddress } from "./server/client-address.ts";
import { checkCertificate } from "./server/client-certificate.ts";
import { type ControlSocket, openControlSocket } from "./server/control-socket.ts";
import { countedAudit } from "./server/counted-audit.ts";
import { countedState } from "./server/counted-state.ts";
import { createEasEndpoint } from "./server/eas.ts";
import { createHttpServer, type HttpTimes, listen, urlOf } from "./server/http-server.ts";
import { createMonitor } from "./server/monitor.ts";
import { trackAnswers } from "./server/open-answers.ts";
import { createSealedPasswords, type SealedPasswords } from "./server/sealed-passwords.ts";
import { createServerLogins } from "./server/server-logins.ts";
import { tellOfWaitingDevice } from "./server/waiting-device.ts";
import { withMail } from "./server/with-mail.ts";
import type { State } from "./state/state.ts";
import { openState } from "./store.ts";
import { createRepetitions } from "./sync/brakes.ts";
import { difference } from "./sync/difference.ts";
import { type Fault, noFault } from "./sync/faults.ts";
import { createFiredBrakes } from "./sync/fired-brakes.ts";
import { createHub, type Hub, tellOfDecision } from "./sync/hub.ts";
import { createJournal } from "./sync/journal/journal.ts";
import { createListings } from "./sync/listings.ts";
import type { Services } from "./sync/session.ts";
import { createTexts } from "./sync/texts.ts";

/** What may stand in for the real thing: in tests, in the demo, in the bench. */
export interface Parts {
  readonly log?: Log;
  readonly state?: State;
  readonly fault?: Fault;
  readonly now?: () => number;
  /** Milliseconds; shortened where a test waits for a dead node's leases. */
  readonly leaseTime?: number;
  /** Of the server that phones connect to. */
  readonly times?: Partial<HttpTimes>;
  /** By the name of its backend set; the others are made from the configuration. */
  readonly backends?: ReadonlyMap<string, Backend>;
}

export interface Gateway {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Where figures and health are told, if they are. */
  readonly monitorUrl: string | undefined;
  readonly hub: Hub;
  readonly state: State;
  readonly devices: DeviceRegistry;
  readonly conversations: Conversations;
  /** How the servers behind are, as this node saw them last. */
  backendHealth(): readonly ServerHealth[];
  /** Answers the phones that wait, lets running requests end, and closes what this process opened. */
  stop(): Promise<void>;
}

/** Milliseconds a node that died keeps the others from what it had begun. */
const leaseTime = 30_000;
/** Milliseconds that running requests have when the process is told to end. */
const graceTime = 10_000;
/** Milliseconds: Kubernetes gives such a question a second, unless told otherwise. */
const readyWithin = 800;

/** Starts a gateway. Throws when the state store cannot be opened or the address is taken. */
export async function startGateway(config: Config, parts: Parts = {}): Promise<Gateway> {
  const log = parts.log ?? createLog(config.log.level, 1, config.log.perDevice);
  makeDataFolder(config.data);
  const secret = readSecret(config);
  const metrics = config.metrics ? createMetrics() : noMetrics;
  const state = countedState(parts.state ?? (await openState(config, secret, log)), metrics);
  const now = parts.now ?? Date.now;
  const listings = createListings();
  const hub = await createHub({
    state,
    listings,
    difference,
    log,
    now,
    jitter: Math.random,
    pollEvery: config.push.pollEvery,
    trustHook: config.push.hook?.complete ?? false,
  });
  const fired = createFiredBrakes();
  const services: Services = {
    state,
    hub,
    listings,
    journal: config.journal && createJournal({ ...config.journal, state, now }),
    texts: createTexts(),
    repetitions: createRepetitions(),
    fired,
    mappings: itemMappings,
    profileOf: clients.profileOf,
    fault: parts.fault ?? noFault,
    metrics,
    now,
    random: randomBytes,
    settings: {
      leaseTime: parts.leaseTime ?? leaseTime,
      zone: config.zone,
      heartbeat: config.push.heartbeat,
      maxFolders: config.push.maxFolders,
      wakeOn: config.push.wakeOn,
      brakes: config.brakes,
      showsMail: config.backends.some(({ imap }) => imap !== undefined),
      sendsMail: config.backends.some(({ imap, smtp }) => imap !== undefined && smtp !== undefined),
      folders: { ...config.folders, provide: config.folders.provide.map((list) => classesByName[list]) },
    },
  };
  const health = createBackendHealth(config.backends.flatMap(serversOf), now);
  const sets = config.backends.map((set) => ({
    ...set,
    backend:
      parts.backends?.get(set.name) ??
      createBackend(set, {
        log,
        figures: createBackendFigures(set.name, metrics, health),
        now,
        sealed: createSealedPasswords(state, set.name),
      }),
  }));
  const clientAddress = createClientAddress(config.listen.trustProxy);
  const authenticator = createAuthenticator({ sets, state, secret, metrics, log, now });
  const portalUrl = config.publicUrl === undefined ? undefined : `${config.publicUrl}/portal`;
  const deviceSettings = deviceSettingsOf(config);
  const devices = createDevices(config, { state, now, metrics, reconsider: (scope) => hub.reconsider(scope) });
  const conversations = createConversations({ folder: conversationFolder(config), state, secret, log, now });
  const eas = createEasEndpoint({
    services,
    handlers,
    secret,
    log,
    authenticator,
    clientAddress,
    devices: deviceSettings,
    audit: devices.audit,
    admission: createAdmission({ state, settings: deviceSettings, metrics, log, now }),
    lastSeen: createLastSeenNotes(state, log),
    conversations,
    onHeld: (session) => void tellOfWaitingDevice(session, portalUrl),
  });
  const { publicUrl, autodiscover: discovery } = config;
  const autodiscover = createAutodiscover({
    sets,
    authenticator,
    clientAddress,
    config: discovery,
    publicUrl,
    metrics,
    log,
    now,
  });
  const ending = new AbortController();
  const checkConnection = config.listen.tls?.clients?.names === "login" ? checkCertificate : () => {};
  const portal = createPortal({
    config: config.portal,
    state,
    secret,
    logins: authenticator,
    registry: devices,
    fullWipe: config.devices.fullWipe,
    checkConnection,
    conversations,
    undoing: services,
    backendHealth: () => health.read(),
    firedBrakes: () => fired.list(),
    ending: ending.signal,
    clientAddress,
    publicUrl,
    zone: config.zone,
    log,
    now,
  });
  const app = createApp({
    eas,
    autodiscover,
    portal: config.portal.enabled ? portal : undefined,
    authenticator,
    clientAddress,
    checkConnection,
    hub,
    hookSecret: config.push.hook?.secret,
    log,
  });
  let certificateEnd: number | undefined;
  const onCertificate = (end: number) => {
    if (certificateEnd === undefined) metrics.reading("certificateEnd", () => certificateEnd ?? 0);
    certificateEnd = end;
  };
  const server = createHttpServer(toNodeHandler(app), {
    listen: config.listen,
    log,
    onCertificate,
    ...(parts.times && { times: parts.times }),
  });
  const answering = trackAnswers(server);
  metrics.reading("waitingPhones", () =>
    (["Ping", "Sync"] as const).map((command) => [{ command }, hub.waitingIn(command)] as const),
  );
  readHealth(metrics, health);
  metrics.reading("probeRequests", () => hub.probeRequests);
  let draining = false;
  const monitor =
    config.metrics &&
    createMonitor({
      metrics,
      log,
      ready: async () => !draining && (await isAlive(state)),
      health: () => describeHealth(health.read(), now()),
    });

  let control: ControlSocket | undefined;
  async function closeParts(): Promise<void> {
    await control?.close();
    for (const { backend } of sets) await backend.close();
    monitor?.close();
    monitor?.closeAllConnections();
    await conversations.close();
    if (!parts.state) await state.close();
  }

  try {
    await listen(server, config.listen);
    if (monitor && config.metrics) await listen(monitor, config.metrics);
    control = await openControlSocket({ path: controlSocketPath(config), devices, log }).catch((error: unknown) => {
      // Phones do not need it.
      log.warn({ error }, "the command line will not reach this gateway");
      return undefined;
    });
  } catch (error) {
    // What stays open keeps the process alive, which has nothing to do.
    server.close();
    await hub.close();
    await closeParts();
    throw error;
  }
  const url = urlOf(server, config.listen.tls ? "https" : "http");
  const monitorUrl = monitor && urlOf(monitor, "http");
  log.info({ url, backends: sets.map(({ name }) => name), commands: [...handlers.keys()] }, "listening");

  return {
    url,
    monitorUrl,
    hub,
    state,
    backendHealth: () => health.read(),
    devices,
    conversations,
    async stop() {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      answering.endConnections();
      ending.abort();
      await hub.close();
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const late = setTimeout(() => server.closeAllConnections(), graceTime);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
      await closeParts();
      log.info({ url }, "stopped");
    },
  };
}

function deviceSettingsOf(config: Config): DeviceSettings {
  return { ...config.devices, groups: config.groups, policies: config.policies };
}

interface DeviceParts extends Pick<RegistryOptions, "state" | "now" | "reconsider"> {
  readonly metrics: Metrics;
}

function createDevices(config: Config, { metrics, ...parts }: DeviceParts): DeviceRegistry {
  const kept = createAuditLog({ ...parts, random: randomBytes, days: config.devices.auditDays });
  const audit = countedAudit(kept, metrics);
  return createDeviceRegistry({ ...parts, settings: deviceSettingsOf(config), audit });
}

/** Where the command line finds a gateway that runs. */
export function controlSocketPath(config: Config): string {
  return join(config.data, "isthmus.sock");
}

/**
 * The devices in the store of a gateway that does not run here; with Redis, other nodes hear of what is decided.
 * @throws Error when the store is another process's, or cannot be opened.
 */
export async function openDevices(
  config: Config,
): Promise<{ readonly devices: DeviceRegistry; close(): Promise<void> }> {
  const state = await openState(config, readSecret(config), createLog("error"));
  const told: Promise<void>[] = [];
  const devices = createDevices(config, {
    state,
    now: Date.now,
    metrics: noMetrics,
    // Whoever misses it hears of it with the device's next request.
    reconsider: (scope) => void told.push(tellOfDecision(state, scope).catch(() => {})),
  });
  return {
    devices,
    async close() {
      await Promise.all(told);
      await state.close();
    },
  };
}

/** What the configuration calls the classes that lists can be provided of. */
const classesByName = { tasks: "Tasks", notes: "Notes" } as const;

/** Where the secret is that item ids are keyed with. */
export function secretFile(config: Config): string {
  return config.secretFile ?? join(config.data, "secret");
}

/** Where the conversations of inspected devices are kept. */
export function conversationFolder(config: Config): string {
  return join(config.data, "conversations");
}

function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the folder of the setting data, ${folder}, cannot be made: ${why}`, { cause: error });
  }
}

/** The secret that item ids are keyed with: kept beside the store, not in it, so that a lost store gives the same ids. */
function readSecret(config: Config): Uint8Array {
  const file = secretFile(config);
  try {
    const secret = readFileSync(file);
    if (secret.length >= 16) return secret;
    throw new Error(`${file} holds fewer than 16 octets`);
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!absent || config.secretFile !== undefined) throw error;
    const made = Buffer.from(randomBytes(32).toString("hex"));
    writeFileSync(file, made, { mode: 0o600, flag: "wx" });
    return made;
  }
}

function serversOf({ name, imap, smtp }: BackendConfig): Pick<ServerHealth, "backend" | "server">[] {
  const server = (behind: BehindName) => ({ backend: name, server: behind });
  return [server("dav"), ...(imap ? [server("imap")] : []), ...(smtp ? [server("smtp")] : [])];
}

/** What a backend needs of the gateway; the doctor has only the first. */
interface BackendParts {
  readonly log: Log;
  readonly figures?: BackendFigures;
  readonly now?: () => number;
  readonly sealed?: SealedPasswords;
}

/** The backend of a set, as configured. Nothing is sent before somebody logs in. */
export function createBackend(
  { dav, imap, smtp, credentials }: BackendConfig,
  { log, figures, now = Date.now, sealed }: BackendParts,
): Backend {
  const { url, caldavUrl, carddavUrl } = dav;
  const server = createDavBackend({
    ...(url === undefined ? {} : { url }),
    ...(caldavUrl === undefined ? {} : { caldavUrl }),
    ...(carddavUrl === undefined ? {} : { carddavUrl }),
    log,
    ...(figures && { onExchange: figures.dav }),
  });
  if (!imap) return server;
  const servers = {
    mail: createImapBackend({
      ...mailServerAddress(imap),
      log,
      ...(figures && { onCommand: figures.imap }),
    }),
    shown: { unsubscribed: imap.unsubscribed, shared: imap.shared },
    ...(smtp && {
      submitter: createSmtpSubmitter({
        ...mailServerAddress(smtp),
        login: smtp.login,
        ...(figures && { onStep: figures.smtp }),
      }),
      savesSent: smtp.savesSent,
    }),
  };
  return withMail(server, servers, { logins: createServerLogins(credentials, sealed), sealed, now, log });
}

/** Whether the store answers, within the patience of those who ask. */
async function isAlive(state: State): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, readyWithin, false).unref());
  return Promise.race([state.read({ user: "(ready)" }, ["ready"]).then(() => true), late]);
}
