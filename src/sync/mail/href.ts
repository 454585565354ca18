/**
 * How mailboxes and messages are addressed: `mail:<path>;<identity>/<message>`. The path is where the mailbox is now, the
 * identity what stays of it when it is renamed: an item's id is made of that, and of the message's own name.
 */

const scheme = "mail:";

/** The collection that a mailbox is. */
export function collectionOf(path: string, identity: string): string {
  return `${scheme}${encodeURIComponent(path)};${identity}/`;
}

/** The mailbox that a collection is, or that an item lies in; undefined for one of a DAV server. */
export function mailboxOf(href: string): string | undefined {
  const [, path] = /^mail:([^;/]*)[;/]/.exec(href) ?? [];
  return path === undefined ? undefined : decodeURIComponent(path);
}

/** The name of a message within its mailbox. */
export function messageOf(href: string): string {
  return href.slice(href.lastIndexOf("/") + 1);
}

/** UIDVALIDITY of the mailbox as a message is named in it; undefined for what is no message. */
export function messageValidity(href: string): string | undefined {
  return href.startsWith(scheme) ? /^(\d+)\.\d+$/.exec(messageOf(href))?.[1] : undefined;
}

/** What stays of the address when the mailbox is renamed; all of it for what is no mail. */
export function lastingOf(href: string): string {
  return href.startsWith(scheme) ? href.slice(href.indexOf(";") + 1) : href;
}

/** An item's address by where its mailbox is now. What was in another mailbox is where it was. */
export function placedIn(collection: string | undefined, href: string): string {
  if (collection === undefined || !collection.startsWith(scheme) || href.startsWith(collection)) return href;
  return lastingOf(href).startsWith(lastingOf(collection)) ? collection + messageOf(href) : href;
}
