/** The item classes by name, as they stand in Class. */
import { calendar } from "./items/calendar.ts";
import { contacts } from "./items/contacts.ts";
import { email } from "./items/email.ts";
import { notes } from "./items/notes.ts";
import { tasks } from "./items/tasks.ts";

export const itemClasses = {
  Calendar: calendar,
  Contacts: contacts,
  Email: email,
  Notes: notes,
  Tasks: tasks,
} as const;

export type ClassName = keyof typeof itemClasses;
