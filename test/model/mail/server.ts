/** The mail server behind the gateways, and the one that sends: what they really hold, seen from behind. */
import type { MailAccount, MailBackend } from "../../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../../src/backends/memory/mail.ts";
import type { Box, MailStore, StoredMessage } from "../../../src/backends/memory/mail-store.ts";
import { createMemorySubmitter } from "../../../src/backends/memory/submission.ts";
import { SubmissionError, type Submitter } from "../../../src/backends/submission.ts";
import { BackendError } from "../../../src/errors.ts";
import type { MailServers } from "../../../src/server/with-mail.ts";
import { placeIn, type Resource, type ServerPlace, type Weather } from "../server.ts";
import type { MailCall, MailTraits, Name, Place } from "../story.ts";
import { nameOfMail, readMail, writeStored } from "./messages.ts";

export interface ModelMail {
  /** What a node is to use: it goes through the weather. */
  servers(): MailServers;
  /** The server that sends keeps a copy in Sent. */
  readonly savesSent: boolean;
  /** All mailboxes from behind. */
  readonly store: MailStore;
  /** All messages that are not flagged \Deleted. @throws Error for one that is not what it was, octet for octet. */
  list(): readonly Resource[];
  places(): readonly ServerPlace[];
  box(place: Place): Box | undefined;
  /** How often a message was taken to be sent. */
  taken(item: Name): number;
  /** Whether it was ever there. */
  wasSeen(item: Name): boolean;
}

export interface ModelMailOptions {
  readonly user: string;
  readonly password: string;
  readonly traits: MailTraits;
  readonly weather: Weather;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createModelMail({ user, password, traits, weather, now }: ModelMailOptions): ModelMail {
  const users = { [user]: password };
  const backend = createMemoryMailBackend({ users, now });
  const submitter = createMemorySubmitter({ users });
  const store = backend.store(user);
  store.create("Projects");
  /** By name: what a message was when it was seen first. */
  const first = new Map<Name, string>();

  function submitterInWeather(): Submitter {
    return {
      ...submitter,
      async send(credentials, submission, signal) {
        const trouble = await weather.before?.("submit");
        if (trouble === "busy") throw new SubmissionError("busy", "the model says 451");
        if (trouble === "cut") throw new SubmissionError("unreachable", "the model cut the connection");
        if (trouble === "doubt") throw new SubmissionError("unreachable", "the model took nothing", broken);
        const refused = submission.recipients.map((recipient) => ({ recipient, reply: "550 no" }));
        if (trouble === "refused") throw new SubmissionError("refused", "the model says 550", { refused });
        await submitter.send(credentials, submission, signal);
        const { message: raw } = submission;
        if (traits.savesSent) store.add(store.box("Sent"), { raw, received: new Date(now()), flags: ["\\Seen"] });
        if (trouble === "lost") throw new SubmissionError("unreachable", "the model lost the answer", broken);
      },
      close: async () => {},
    };
  }

  function checkOctets(name: Name, message: StoredMessage): void {
    const octets = message.raw.toString("latin1");
    if (!first.has(name)) first.set(name, octets);
    if (first.get(name) !== octets) throw new Error(`${name} on the mail server is not what it was`);
  }

  return {
    servers: () => ({
      mail: mailInWeather(backend, weather),
      submitter: submitterInWeather(),
      savesSent: traits.savesSent,
    }),
    savesSent: traits.savesSent,
    store,
    list: () =>
      boxesOf(store).flatMap((box) =>
        shownIn(box).map((message): Resource => {
          const { uid, raw, flags, received } = message;
          const stored = { flags, received: received.getTime(), raw: raw.toString("latin1") };
          const place = placeOfBox(box);
          checkOctets(readMail(place, stored).name, message);
          const href = `${box.path}/${box.uidValidity}.${uid}`;
          return { href, rev: flags.join(" "), text: writeStored(stored), place, className: "Email" };
        }),
      ),
    places: () =>
      boxesOf(store).map((box) => ({
        href: box.path,
        place: placeOfBox(box),
        displayName: box.path,
        components: [],
      })),
    box: (place) => boxesOf(store).find((box) => placeOfBox(box) === place),
    taken: (item) => submitter.sent.filter(({ message }) => sentName(message) === item).length,
    wasSeen: (item) => first.has(item),
  };
}

const broken = { mayBeSent: true };

function sentName(message: Buffer): Name {
  return nameOfMail(/^Subject: (.*?)\r?$/m.exec(message.toString("latin1"))?.[1] ?? "", "");
}

function boxesOf({ boxes }: MailStore): readonly Box[] {
  return [...boxes.values()];
}

function placeOfBox({ use, path }: Box): Place {
  return use ?? placeIn(path);
}

export function isDeleted({ flags }: Pick<StoredMessage, "flags">): boolean {
  return flags.some((flag) => flag.toLowerCase() === "\\deleted");
}

function shownIn({ messages }: Box): readonly StoredMessage[] {
  return [...messages.values()].filter((message) => !isDeleted(message));
}

function mailInWeather(backend: MailBackend, weather: Weather): MailBackend {
  return {
    login: async (...asked) => accountInWeather(await backend.login(...asked), weather),
    // Several nodes share it.
    close: async () => {},
  };
}

function accountInWeather(account: MailAccount, weather: Weather): MailAccount {
  async function through<T>(call: MailCall, run: () => Promise<T>): Promise<T> {
    const trouble = await weather.before?.(call);
    if (trouble === "busy") throw new BackendError("busy", "the model says NO [INUSE]");
    if (trouble === "cut") throw new BackendError("unreachable", "the model cut the connection");
    const result = await run();
    if (trouble === "lost") throw new BackendError("unreachable", "the model lost the answer");
    return result;
  }
  return {
    ...account,
    changes: (...asked) => through("mail-list", () => account.changes(...asked)),
    heads: (...asked) => through("mail-read", () => account.heads(...asked)),
    texts: (...asked) => through("mail-read", () => account.texts(...asked)),
    flag: (...asked) => through("mail-flag", () => account.flag(...asked)),
    move: (...asked) => through("mail-move", () => account.move(...asked)),
    remove: (...asked) => through("mail-remove", () => account.remove(...asked)),
    append: (...asked) => through("mail-append", () => account.append(...asked)),
    findByMessageId: (...asked) => through("mail-find", () => account.findByMessageId(...asked)),
  };
}
