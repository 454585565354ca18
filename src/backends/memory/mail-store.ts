/** The mailboxes of one user in memory, as an IMAP server has them: UIDVALIDITY, UIDs, mod-sequences. */
import { BackendError } from "../../errors.ts";
import { nameOf, uidOf } from "../imap/names.ts";
import { isDeleted } from "../imap/revision.ts";
import { useOfName } from "../imap/uses.ts";
import type { MailboxUse, MessageName } from "../mail.ts";
import { type ParsedMessage, parseMessage } from "./mail-message.ts";

export const delimiter = "/";

export interface StoredMessage {
  readonly uid: number;
  readonly raw: Buffer;
  readonly received: Date;
  flags: readonly string[];
  /** The mailbox's counter when it came, or when its flags changed. */
  modSequence: number;
  parsed(): ParsedMessage;
}

export interface Box {
  path: string;
  readonly objectId: string;
  readonly use: MailboxUse | undefined;
  uidValidity: number;
  uidNext: number;
  modSequence: number;
  messages: Map<number, StoredMessage>;
  /** The counter at which a message was expunged, by UID. */
  readonly vanished: Map<number, number>;
}

/** Extensions of IMAP that it can be without. */
export type MailExtension = "OBJECTID" | "LIST-STATUS";

export interface MailStore {
  has(extension: MailExtension): boolean;
  readonly boxes: ReadonlyMap<string, Box>;
  /** @throws BackendError `gone` */
  box(path: string): Box;
  create(path: string): Box;
  /** With all that is in it. */
  rename(path: string, target: string): void;
  remove(path: string): void;
  /** Another UIDVALIDITY, and other UIDs, as of a server that lost its index. */
  renew(box: Box): void;
  add(box: Box, message: Pick<StoredMessage, "raw" | "received" | "flags">): StoredMessage;
  setFlags(box: Box, message: StoredMessage, flags: readonly string[]): void;
  expunge(box: Box, message: StoredMessage): void;
  /** Told of the path of each mailbox in which something happened; of none when there are other mailboxes now. */
  readonly listeners: Set<(path: string | undefined) => void>;
}

const uses: readonly (readonly [path: string, use: MailboxUse])[] = [
  ["INBOX", "inbox"],
  ["Drafts", "drafts"],
  ["Sent", "sent"],
  ["Trash", "trash"],
  ["Junk", "junk"],
  ["Archive", "archive"],
];

export function createMailStore(without: readonly MailExtension[] = []): MailStore {
  const boxes = new Map<string, Box>();
  const listeners = new Set<(path: string | undefined) => void>();
  // Grows with each mailbox that is made, so that a name that comes again is another mailbox.
  let validity = Math.floor(Date.now() / 1000);

  function make(path: string, use: MailboxUse | undefined): Box {
    validity += 1;
    const box: Box = {
      path,
      objectId: `m${validity}`,
      use,
      uidValidity: validity,
      uidNext: 1,
      modSequence: 1,
      messages: new Map(),
      vanished: new Map(),
    };
    boxes.set(path, box);
    return box;
  }

  function touch(box: Box): number {
    box.modSequence += 1;
    // As from a server: after the call that caused it, never within.
    setImmediate(() => {
      for (const tell of listeners) tell(box.path);
    });
    return box.modSequence;
  }

  function rearranged(): void {
    setImmediate(() => {
      for (const tell of listeners) tell(undefined);
    });
  }

  for (const [path, use] of uses) make(path, use);

  return {
    has: (extension) => !without.includes(extension),
    boxes,
    listeners,
    box(path) {
      const found = boxes.get(path);
      if (found === undefined) throw new BackendError("gone", "the mailbox is not there");
      return found;
    },
    create(path) {
      rearranged();
      // By its name, as every program goes by it.
      const use = path.includes(delimiter) ? undefined : useOfName(path)?.use;
      return make(path, [...boxes.values()].some((box) => box.use === use) ? undefined : use);
    },
    rename(path, target) {
      rearranged();
      for (const box of within(boxes, path)) {
        boxes.delete(box.path);
        box.path = target + box.path.slice(path.length);
        boxes.set(box.path, box);
      }
    },
    remove(path) {
      rearranged();
      for (const box of within(boxes, path)) boxes.delete(box.path);
    },
    renew(box) {
      validity += 1;
      const kept = [...box.messages.values()].toSorted((one, other) => one.uid - other.uid);
      box.uidValidity = validity;
      box.modSequence = 1;
      box.vanished.clear();
      box.messages = new Map(
        kept.map((message, index) => [index + 1, { ...message, uid: index + 1, modSequence: touch(box) }]),
      );
      box.uidNext = kept.length + 1;
    },
    add(box, { raw, received, flags }) {
      let parsed: ParsedMessage | undefined;
      const message: StoredMessage = {
        uid: box.uidNext,
        raw,
        received,
        flags,
        modSequence: touch(box),
        parsed() {
          parsed ??= parseMessage(raw);
          return parsed;
        },
      };
      box.uidNext += 1;
      box.messages.set(message.uid, message);
      return message;
    },
    setFlags(box, message, flags) {
      message.flags = flags;
      message.modSequence = touch(box);
    },
    expunge(box, message) {
      box.messages.delete(message.uid);
      box.vanished.set(message.uid, touch(box));
    },
  };
}

function within(boxes: ReadonlyMap<string, Box>, path: string): readonly Box[] {
  return [...boxes.values()].filter((box) => box.path === path || box.path.startsWith(path + delimiter));
}

/** Undefined when it is gone, which it is as soon as it is flagged as deleted. */
export function messageIn(box: Box, name: MessageName): StoredMessage | undefined {
  const uid = uidOf(name, box.uidValidity);
  const message = uid === undefined ? undefined : box.messages.get(uid);
  return message === undefined || isDeleted(message.flags) ? undefined : message;
}

export function nameIn(box: Box, { uid }: Pick<StoredMessage, "uid">): MessageName {
  return nameOf(box.uidValidity, uid);
}
