/** A gateway in front of a server that answers logins as Nextcloud does, a clock to turn, and phones. */
import { onTestFinished } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Parts } from "../../src/main.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";
import { createDoor, type Door, type DoorOptions } from "../servers/nextcloud-door.ts";
import { collector, type Line } from "../trouble/world.ts";

export interface LoginWorld {
  readonly door: Door;
  readonly twin: Twin;
  readonly gateway: TestGateway;
  readonly lines: readonly Line[];
  /** Turns all clocks on by so many seconds. */
  pass(seconds: number): void;
  /** The HTTP status of an OPTIONS with this login, and how long to stay away. */
  login(user: string, password: string, client?: string): Promise<{ status: number; retryAfter: number | undefined }>;
  phone(user: string, password: string, more?: Partial<Parameters<typeof createDevice>[0]>): Device;
  /** A second gateway in front of the same server. */
  another(parts?: Parts): Promise<TestGateway>;
}

export interface LoginWorldOptions {
  readonly accounts?: DoorOptions["accounts"];
  readonly believesForwarded?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of the backend's `logins`. */
  readonly logins?: Readonly<Record<string, unknown>>;
  readonly parts?: Parts;
}

const inside = "inside";

/** Alice has a login password and an app password, bob and carol a login password each. */
export function usualAccounts(): DoorOptions["accounts"] {
  return {
    alice: { loginPassword: "alice-login", appPasswords: new Set(["alice-app"]), address: "alice@example.org" },
    bob: { loginPassword: "bob-login", appPasswords: new Set() },
    carol: { loginPassword: "carol-login", appPasswords: new Set() },
  };
}

export async function loginWorld(options: LoginWorldOptions = {}): Promise<LoginWorld> {
  const accounts = options.accounts ?? usualAccounts();
  const lines: Line[] = [];
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const door = createDoor({ accounts, inside, believesForwarded: options.believesForwarded ?? false, now });
  const twin = await startTwin({
    users: Object.fromEntries(Object.keys(accounts).map((user) => [user, inside])),
    switches: { trouble: (seen) => door.trouble(seen) },
  });
  onTestFinished(() => twin.stop());

  async function start(parts: Parts = {}): Promise<TestGateway> {
    const gateway = await startTestGateway({
      settings: {
        listen: { port: 0, trustProxy: true },
        metrics: { port: 0 },
        backends: [{ name: "cloud", dav: { url: `${twin.url}dav/` }, logins: options.logins ?? {} }],
        ...options.settings,
      },
      parts: { log: collector(lines), now, ...options.parts, ...parts },
    });
    onTestFinished(() => gateway.end());
    return gateway;
  }

  const gateway = await start();
  return {
    door,
    twin,
    gateway,
    lines,
    another: start,
    pass(seconds) {
      ahead += seconds * 1000;
    },
    login: (user, password, client) => loginAt(gateway.url, user, password, client),
    phone(user, password, more = {}) {
      const phone = createDevice({ url: gateway.url, user, password, version: "14.1", queryForm: "plain", ...more });
      onTestFinished(() => phone.close());
      return phone;
    },
  };
}

/** @param client the address that the proxy in front tells. */
export async function loginAt(
  url: string,
  user: string,
  password: string,
  client?: string,
): Promise<{ status: number; retryAfter: number | undefined }> {
  const reply = await fetch(`${url}/Microsoft-Server-ActiveSync`, {
    method: "OPTIONS",
    headers: {
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
      ...(client === undefined ? {} : { "X-Forwarded-For": client }),
    },
  });
  const retryAfter = reply.headers.get("retry-after");
  return { status: reply.status, retryAfter: retryAfter === null ? undefined : Number(retryAfter) };
}

/** What the server answered to logins, in order. */
export function statuses({ door }: Pick<LoginWorld, "door">): readonly number[] {
  return door.asked.map(({ status }) => status);
}

/** How many wrong passwords the server heard. */
export function wrong({ door }: Pick<LoginWorld, "door">): number {
  return door.asked.filter(({ status }) => status === 401).length;
}

/** An address of the documentation network. */
export function address(number: number): string {
  return `203.0.113.${number}`;
}
