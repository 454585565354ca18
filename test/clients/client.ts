/** Clients as they name themselves, and an account for them to sync with. */
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import type { Client } from "../../src/mapping/clients.ts";
import type { Element } from "../../src/wire/element.ts";
import { hrefOf, type MemoryWorld, memoryWorld } from "../trouble/world.ts";

export type Names = Pick<DeviceOptions, "deviceType" | "userAgent">;

/** As they were seen to name themselves. */
export const named = {
  iOS4: { deviceType: "iPhone", userAgent: "Apple-iPhone3C1/801.293" },
  iOS6: { deviceType: "iPhone", userAgent: "Apple-iPhone4C1/1002.329" },
  iOS7: { deviceType: "iPhone", userAgent: "Apple-iPhone4C1/1104.201" },
  iOS80: { deviceType: "iPhone", userAgent: "Apple-iPhone7C2/1201.366" },
  iOS81: { deviceType: "iPhone", userAgent: "Apple-iPhone7C2/1202.411" },
  iOS17: { deviceType: "iPhone", userAgent: "Apple-iPhone14C2/2101.330" },
  iOS181: { deviceType: "iPhone", userAgent: "iOS/18.1 (22B83) dataaccessd/1.0" },
  android2: { deviceType: "Android", userAgent: "Android/0.3" },
  android4: { deviceType: "Android", userAgent: "Android/4.3.1-EAS-1.3" },
  android10: { deviceType: "Android", userAgent: "Android/10-EAS-2.0" },
  gmail: { deviceType: "Android", userAgent: "Android-Mail/2025.11.02.827745712.Release" },
  samsung: { deviceType: "SAMSUNGSMN900V", userAgent: "SAMSUNG-SM-N900V/101.403" },
  lg: { deviceType: "LGE975", userAgent: "LG-E975/1.0" },
  touchDown: { deviceType: "Android", userAgent: "TouchDown(MSRPC)/7.1.0005" },
  nokia: { deviceType: "NokiaE71", userAgent: "NokiaE71/2.09(158)MailforExchange" },
  windowsMobile: { deviceType: "PocketPC", userAgent: "MSFT-PPC/5.2.5082" },
  windowsPhone7: { deviceType: "WP", userAgent: "MSFT-WP/7.10.8773" },
  windowsPhone8: { deviceType: "WP8", userAgent: "MSFT-WP/8.0.10211" },
  outlook: { deviceType: "WindowsOutlook15", userAgent: "Outlook/15.0 (15.0.4615.1000; MSI; x86)" },
  unknown: { deviceType: "TestPhone", userAgent: "Test/1.0" },
} as const satisfies Readonly<Record<string, Names>>;

export function clientOf(more: Partial<Client>): Client {
  return { deviceId: "0123456789abcdef", deviceType: "TestPhone", userAgent: "Test/1.0", version: "14.1", ...more };
}

/** An account with one address book and one calendar, and what they hold. */
export async function accountWith(items: {
  readonly cards?: Readonly<Record<string, string>>;
  readonly events?: Readonly<Record<string, string>>;
}): Promise<MemoryWorld> {
  return memoryWorld({
    collections: [
      { path: "book", name: "Contacts", components: ["VCARD"], items: items.cards ?? {} },
      { path: "calendar", name: "Calendar", components: ["VEVENT"], items: items.events ?? {} },
    ],
  });
}

/** What is stored under a name. */
export async function stored(world: MemoryWorld, component: "VCARD" | "VEVENT", name: string): Promise<string> {
  const collection = await hrefOf(world.account, component);
  for await (const item of world.account.read(collection, [`${collection}${name}`])) return item.text;
  throw new Error(`no item ${name}`);
}

/** Every text of a collection. */
export async function allStored(world: MemoryWorld, component: "VCARD" | "VEVENT"): Promise<readonly string[]> {
  const collection = await hrefOf(world.account, component);
  const { entries } = await world.account.changes(collection, undefined);
  const hrefs = entries.map(({ href }) => href);
  const texts: string[] = [];
  for await (const item of world.account.read(collection, hrefs)) texts.push(item.text);
  return texts;
}

/** A phone with its folder list and one folder synced, and all elements of items that it was sent. */
export async function syncedPhone(
  world: MemoryWorld,
  names: Partial<DeviceOptions>,
  type: number,
  options: SyncOptions = {},
): Promise<{ readonly phone: Device; readonly folder: Folder; readonly sent: readonly Element[] }> {
  const phone = world.phone(names);
  await phone.folderSync();
  const folder = phone.folder(type);
  const { changes } = await phone.sync(folder, options);
  return { phone, folder, sent: changes.flatMap(({ data }) => data) };
}

/** The one item a folder has on the phone. */
export function onlyItem(phone: Device, folder: Folder) {
  const [item, ...others] = phone.items(folder).values();
  if (!item || others.length > 0) throw new Error(`${phone.items(folder).size} items`);
  return item;
}
