/** A gateway with contacts, calendars and mail in memory, whose phones can be inspected. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend, type MemoryCollection } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import type { Entry } from "../../src/conversation/entry.ts";
import { changeControl, type DeviceScope } from "../../src/devices/control.ts";
import { Secret } from "../../src/log.ts";
import type { Parts } from "../../src/main.ts";
import type { Version } from "../../src/schema/versions.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { endLater } from "../trouble/world.ts";

export const password = "Zwetschge-1867";

export interface WorldOptions {
  readonly collections?: readonly MemoryCollection[];
  /** Messages in the inbox. */
  readonly messages?: readonly string[];
  readonly parts?: Parts;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface InspectedWorld {
  readonly gateway: TestGateway;
  phone(version: Version, options?: Partial<DeviceOptions>): Device;
  /** From now on, for a minute. */
  inspect(phone: Device, bodies: boolean): Promise<void>;
  entries(phone: Device): Promise<readonly Entry[]>;
  scopeOf(phone: Device): Promise<DeviceScope>;
  /** All that was written to the folder of conversations, by file. */
  written(): Promise<ReadonlyMap<string, string>>;
}

const user = "anna";

/** Ends after the test. */
export async function inspectedWorld(options: WorldOptions = {}): Promise<InspectedWorld> {
  const users = { [user]: password };
  const { collections, messages = [] } = options;
  const mail = createMemoryMailBackend({ users });
  const account = await mail.login({ user, password: new Secret(password) });
  for (const message of messages) await account.append("INBOX", Buffer.from(message.replaceAll("\n", "\r\n")), []);
  const backend = withMail(createMemoryBackend({ users, ...(collections && { collections }) }), {
    mail,
    submitter: createMemorySubmitter({ users }),
  });
  const gateway = await startTestGateway({
    settings: {
      zone: "Europe/Berlin",
      push: { pollEvery: 1, heartbeat: { min: 1 } },
      backends: [
        {
          name: "test",
          dav: { url: "http://127.0.0.1:9/" },
          imap: { url: "imaps://127.0.0.1:9" },
          smtp: { url: "smtps://127.0.0.1:9" },
        },
      ],
      ...options.settings,
    },
    parts: { backends: new Map([["test", backend]]), ...options.parts },
  });
  endLater(() => gateway.end());
  const scopeOf = async (phone: Device): Promise<DeviceScope> => scopeIn(gateway, phone);
  return {
    gateway,
    scopeOf,
    phone(version, more) {
      const queryForm = version === "2.5" || version === "12.0" ? "plain" : "base64";
      const phone = createDevice({ url: gateway.url, user, password, version, queryForm, timeout: 15_000, ...more });
      endLater(async () => phone.close());
      return phone;
    },
    async inspect(phone, bodies) {
      const until = Math.floor(Date.now() / 1000) + 60;
      await changeControl(gateway.state, await scopeOf(phone), (before) => ({ ...before, inspect: { until, bodies } }));
    },
    entries: async (phone) => gateway.conversations.recent(await scopeOf(phone), 1_000),
    async written() {
      await gateway.conversations.recent({ user: "", device: "" }, 1);
      const folder = join(gateway.folder, "conversations");
      const names = await readdir(folder).catch(() => []);
      return new Map(
        await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
      );
    },
  };
}

/** A phone's own records. @throws Error for one that was never seen. */
export async function scopeIn({ devices }: Pick<TestGateway, "devices">, { deviceId }: Device): Promise<DeviceScope> {
  for await (const { scope } of devices.all()) if (scope.device === deviceId) return scope;
  throw new Error(`${deviceId} was never seen`);
}
