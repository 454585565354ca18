/**
 * The folders of an account as its phones see them: one per collection and class, exactly one default of each kind,
 * and the mail folders that every phone insists on.
 */
import type { Collection } from "../backends/backend.ts";
import { isShown } from "./folder-choice.ts";
import { chooseDefaults } from "./folder-defaults.ts";
import { displayName, nameFolders } from "./folder-names.ts";
import { seenClasses, servedClasses } from "./folder-types.ts";
import { mailFolders } from "./mail/folders.ts";
import { mergeFolders } from "./merged.ts";
import { recipientFolders } from "./recipients.ts";
import type { Folder } from "./records.ts";
import type { Session } from "./session.ts";

/** The folders that these collections are to a phone, in the order it is told: mail first, then defaults before others. */
export async function foldersOf(
  session: Session,
  collections: readonly Collection[],
  /** Those of mail, where they are known. */
  mailKnown?: readonly Folder[],
): Promise<readonly Folder[]> {
  const mail = mailKnown ?? (await mailFolders(session));
  if (session.sight.isQuarantined) return mail;
  // What the server notes of recipients is of contacts.
  const recipients = recipientFolders(session, session.sight.classes.has("Contacts") ? collections : []);
  const shown = collections.filter((collection) => isShown(session, collection));
  const defaults = await chooseDefaults(session, collections, shown);
  const items = servedClasses(session).flatMap(([className, { standard, other, component }]) =>
    collections
      .filter(({ components }) => components.includes(component))
      .map(
        (collection): Folder => ({
          id: session.ids.folder(className, collection.href),
          parent: "0",
          name: displayName(collection),
          type: defaults[className] === collection.href ? standard : other,
          className,
          href: collection.href,
          rights: collection.rights,
        }),
      )
      .sort((one, two) => one.type - two.type),
  );
  // All of them are named, whatever this device sees: a folder is called the same on all of the user's phones.
  const named = await nameFolders(
    session,
    items,
    [...mail, ...recipients].map(({ name }) => name),
  );
  const hrefs = new Set<string | undefined>(shown.map(({ href }) => href));
  const seen = named.filter(({ href }) => hrefs.has(href));
  const classes = seenClasses(session).flatMap(([name]) => {
    const folders = seen.filter(({ className }) => className === name);
    return session.profile.singleFolder.includes(name) ? mergeFolders(folders, session.ids) : folders;
  });
  return [...mail, ...recipients, ...classes];
}
