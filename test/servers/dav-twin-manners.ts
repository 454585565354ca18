/** Switches of the twin that make it behave as a server that cannot be run here, as far as that was seen. */
import type { Switches } from "./dav-twin-switches.ts";

/** Nextcloud 32. */
export const likeNextcloud: Switches = {
  wellKnown: 301,
  otherHome: 404,
  componentSet: true,
  subscriptions: true,
  recentContacts: true,
  convertsCards: "reports",
  falseGone: true,
  firstPage: 3,
  limitLoses: true,
  badToken: "nothing",
  omitMissing: true,
  repairs: true,
  trashbin: true,
  uidConflict: 400,
  clutter: true,
  sessionCookies: true,
  sizeLimit: 403,
};

/** Baïkal: sabre/dav 4.7. */
export const likeBaikal: Switches = {
  otherHome: 207,
  componentSet: true,
  convertsCards: "reports",
  badToken: "echo",
  falseGone: true,
  repairs: true,
  omitMissing: true,
  allowsUidTwice: true,
  clutter: true,
  move: 403,
};
