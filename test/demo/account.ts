/** Puts the demo's account into a Radicale. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestServer } from "../servers/radicale.ts";
import { demoContacts } from "./contacts.ts";
import { demoEvents } from "./events.ts";

export interface Filled {
  readonly contacts: number;
  readonly events: number;
}

/** Straight into its folder, as a copied collection would get there: a hundred PUTs would call the hook as often. */
export async function fillAccount({ folder, user }: TestServer, now: Date): Promise<Filled> {
  const contacts = demoContacts();
  const events = demoEvents(now);
  await writeAll(join(folder, "data", "collection-root", user, "contacts"), contacts);
  await writeAll(join(folder, "data", "collection-root", user, "calendar"), events);
  return { contacts: contacts.size, events: events.size };
}

async function writeAll(folder: string, texts: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([...texts].map(([name, text]) => writeFile(join(folder, name), text)));
}
