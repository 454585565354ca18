/** Nasty messages on their way to phones: every body that can be asked for, by phones of every family of versions. */
import { expect } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import { windowOctets } from "../../src/schema/limits.ts";
import type { Version } from "../../src/schema/versions.ts";

export const nastyVersions = ["2.5", "12.1", "14.1", "16.1"] as const satisfies readonly Version[];

/** What phones ask for: text, HTML and MIME, cut, and text as long as it is. */
function requests(version: Version): readonly SyncOptions[] {
  if (version === "2.5")
    return [{ truncation: 1 }, { truncation: 9, mimeSupport: 0 }, { mimeSupport: 2, truncation: 1 }];
  const cut = { truncationSize: 300 };
  return [
    { bodyPreferences: [{ type: 1, ...cut }] },
    { bodyPreferences: [{ type: 2, ...cut }] },
    { bodyPreferences: [{ type: 4, ...cut }], mimeSupport: 2 },
    { bodyPreferences: [{ type: 1 }] },
  ];
}

export interface NastyPhone {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly version: Version;
  /** Messages in its inbox. */
  readonly count: number;
  /** Messages that the log says were left out by now. */
  readonly leftOut: () => number;
}

/**
 * The phone's inbox in each form. The device itself holds every answer against the schema. An answer is no larger than
 * a window and one item more; every message is there, or the log says which is not.
 */
export async function takeAll({ count, leftOut, version, ...login }: NastyPhone): Promise<void> {
  for (const options of requests(version)) {
    const told = JSON.stringify(options);
    const device = createDevice({ ...login, version, queryForm: version === "2.5" ? "plain" : "base64" });
    try {
      await device.provision();
      await device.folderSync();
      const before = leftOut();
      await windows(device, options, count);
      const missing = leftOut() - before;
      expect(device.items(device.folder(2)).size + missing, told).toBe(count);
      // A head of what cannot be read has something that can be: at most one in ten is left out.
      expect(missing, told).toBeLessThan(count / 10);
    } finally {
      device.close();
    }
  }
}

async function windows(device: Device, options: SyncOptions, count: number): Promise<void> {
  const inbox = device.folder(2);
  await device.sync(inbox, { ...options, once: true });
  for (let rounds = 0; ; rounds += 1) {
    expect(rounds, "windows").toBeLessThan(2 * count);
    const { status, more, changes, reply } = await device.sync(inbox, { window: 25, once: true });
    expect(status).toBe(1);
    if (changes.length > 1) expect(reply.bytes.length).toBeLessThan(2 * windowOctets);
    if (!more && changes.length === 0) return;
  }
}

/** Opens each by itself, whole. */
export async function openAll({ version, ...login }: NastyPhone): Promise<void> {
  const device = createDevice({ ...login, version, queryForm: "base64" });
  try {
    await device.provision();
    await device.folderSync();
    const inbox = device.folder(2);
    await device.sync(inbox, { bodyPreferences: [{ type: 1, truncationSize: 100 }] });
    for (const [id, { data }] of device.items(inbox)) {
      const subject = JSON.stringify(data.find(({ name }) => name === "Email:Subject")?.content ?? "").slice(0, 60);
      for (const type of [1, 2, 4] as const) {
        const { items } = await device.fetch(inbox, id, { bodyPreferences: [{ type, truncationSize: 500_000 }] });
        expect(items[0]?.status, `${subject} as ${type}`).toBe(1);
      }
    }
  } finally {
    device.close();
  }
}
