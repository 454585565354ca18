/** How cases put messages into the mailbox of a server they know nothing of: they send them to the account itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { since } from "../../../src/schema/versions.ts";
import { child, childText, type Element } from "../../../src/wire/element.ts";
import type { Device, Folder } from "../../device/device.ts";
import type { SyncOptions } from "../../device/syncing.ts";
import type { Observed, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { type MessageOptions, message, subjectOf } from "./messages.ts";

/** Folder types (MS-ASCMD 2.2.3.186.3). */
export const folderType = { inbox: 2, drafts: 3, deleted: 4, sent: 5, outbox: 6 } as const;

/** Where AirSyncBase is. */
export const modern = since("12.0");

/** Milliseconds that a message may be on its way. */
const patience = 60_000;

/** A mail folder that every account has, primed on that device. */
export async function mailFolder(
  device: Device,
  t: Trial,
  which: keyof typeof folderType,
  options: SyncOptions = {},
): Promise<Folder> {
  if (device.folders.length === 0) await device.folderSync();
  const folder = t.found(
    device.folders.find(({ type }) => type === folderType[which]),
    `the account has a folder of type ${folderType[which]}`,
  );
  if (device.key(folder) === "0") await device.sync(folder, { window: 512, ...options });
  return folder;
}

export interface Arrived extends Observed {
  readonly inbox: Folder;
}

/** Sends a message to the account, and waits until this device's Sync of the inbox, with these options, brings it. */
export async function arrive(
  device: Device,
  t: Trial,
  { sync = {}, mime, ...options }: MessageOptions & { readonly sync?: SyncOptions; readonly mime?: Buffer } = {},
): Promise<Arrived> {
  const inbox = await mailFolder(device, t, "inbox", sync);
  await sent(device, t, mime ?? message(t, options));
  const item = await comes(device, t, inbox, subjectOf(t, options.subject), sync);
  return { ...item, inbox };
}

/** Sends a message. */
export async function sent(device: Device, t: Trial, mime: Buffer): Promise<void> {
  const { status } = await device.sendMail(mime);
  t.given(status === 1, `a message is sent: ${status}`);
}

/** Syncs a folder until it has the message with this subject. */
export async function comes(
  device: Device,
  t: Trial,
  folder: Folder,
  subject: string,
  options: SyncOptions = {},
): Promise<Observed> {
  return t.found(await awaited(device, folder, subject, options), `${subject} arrives in ${folder.name}`);
}

async function awaited(
  device: Device,
  folder: Folder,
  subject: string,
  options: SyncOptions,
): Promise<Observed | undefined> {
  const until = performance.now() + patience;
  for (let pause = 20; ; pause = Math.min(pause * 2, 2_000)) {
    await device.sync(folder, { window: 512, ...options });
    const found = withSubject(device, folder, subject);
    if (found !== undefined || performance.now() > until) return found;
    await sleep(pause);
  }
}

/** The message with this subject, as the device has it. */
export function withSubject(device: Device, folder: Folder, subject: string): Observed | undefined {
  return [...device.items(folder).values()].find(({ data }) => valueOf(data, "Email:Subject") === subject);
}

/** Messages with this in their subjects. */
export function withMarker(device: Device, folder: Folder, marker: string): readonly Observed[] {
  return [...device.items(folder).values()].filter(({ data }) => valueOf(data, "Email:Subject")?.includes(marker));
}

/** What the Body says of itself. */
export interface SeenBody {
  readonly type: string | undefined;
  readonly size: number;
  readonly truncated: boolean;
  readonly data: string | undefined;
  readonly preview: string | undefined;
}

/** The Body of an item from 12.0 on. */
export function seenBody(t: Trial, data: readonly Element[]): SeenBody {
  return readBody(t.found(named(data, "AirSyncBase:Body"), "the message has a Body"));
}

export function readBody(of: Element): SeenBody {
  return {
    type: childText(of, "AirSyncBase:Type"),
    size: Number(childText(of, "AirSyncBase:EstimatedDataSize") ?? Number.NaN),
    truncated: child(of, "AirSyncBase:Truncated") !== undefined && childText(of, "AirSyncBase:Truncated") !== "0",
    data: childText(of, "AirSyncBase:Data"),
    preview: childText(of, "AirSyncBase:Preview"),
  };
}
