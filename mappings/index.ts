import { emailMapping } from "../src/mapping/email.ts";
import type { ClassName, ItemMapping } from "../src/mapping/item.ts";
import { calendar } from "./calendar.ts";
import { contacts } from "./contacts.ts";
import { mail } from "./email.ts";
import { notes } from "./notes.ts";
import { recipients } from "./recipients.ts";
import { tasks } from "./tasks.ts";

/** Every class this release serves: a collection of another one is no folder on any phone. */
export const itemMappings: ReadonlyMap<ClassName | "RecipientCache", ItemMapping> = new Map([
  ...[emailMapping(mail), contacts, calendar, tasks, notes].map((mapping) => [mapping.class, mapping] as const),
  ["RecipientCache", recipients] as const,
]);
