/** Everything that a story in progress has: who plays, what is known, and what is still open. */
import { checkAgreement } from "./agreement.ts";
import { type ItemState, readStored, type StoredItem } from "./item-state.ts";
import type { ModelNode } from "./node.ts";
import { createPhone, type Outgoing, type Phone } from "./phone.ts";
import type { ModelServer } from "./server.ts";
import type { ClassName, Name, Story } from "./story.ts";
import { createTruth, type Truth } from "./truth.ts";

/** Where a story is told: with a user of its own, whom nobody told anything of before. */
export interface Stage {
  readonly server: ModelServer;
  readonly nodes: readonly [ModelNode, ...ModelNode[]];
  /** What the nodes take for the time; a jump is one for all of them. */
  readonly clock: { now(): number; jump(seconds: number): Promise<void> };
  /** Messages between the nodes are lost, or not. */
  setDeaf(deaf: boolean): void;
  end(): Promise<void>;
}

/** What the story showed to be wrong. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** What came up in stories, for the report: a model that never loses an answer proves little. */
export type Tally = Map<string, number>;

export interface Telltale {
  readonly tally?: Tally | undefined;
  /** Told of each step and each answered Sync, in a line. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface Scene extends Stage {
  readonly phones: readonly Phone[];
  readonly truth: Truth;
  readonly trace: ((line: string) => void) | undefined;
  /** Items that were moved to another href. */
  readonly moved: Set<Name>;
  /** The furthest that the clock ever was, and whether it went back. */
  latest: number;
  wentBack: boolean;
  phone(who: number): Phone;
  count(what: string): void;
  /** A number that was not given before. */
  nextNumber(): number;
  queue(phone: Phone, className: ClassName): Outgoing[];
  stored(className: ClassName, text: string): StoredItem;
  /** What is there must be possible, each item once. @throws Failure. */
  look(): Promise<void>;
  /** Phones at rest hold what the server has. @throws Failure. */
  agree(): Promise<void>;
}

export const classNames: readonly ClassName[] = ["Contacts", "Calendar"];

export function createScene(story: Story, stage: Stage, { tally = new Map(), trace }: Telltale): Scene {
  const { server, nodes, clock } = stage;
  const truth = createTruth();
  const login = { user: server.user, password: server.password };
  const phones = story.phones.map((traits, index) =>
    createPhone({ traits, nodes, deviceId: `MODEL${story.seed}N${index}`, ...login }),
  );
  const read = new Map<string, StoredItem>();
  let number = 0;

  const scene: Scene = {
    ...stage,
    phones,
    truth,
    trace,
    moved: new Set(),
    latest: clock.now(),
    wentBack: false,
    phone(who) {
      const phone = phones[who];
      if (!phone) throw new Error(`no phone ${who}`);
      return phone;
    },
    count: (what) => void tally.set(what, (tally.get(what) ?? 0) + 1),
    nextNumber: () => (number += 1),
    queue: (phone, className) => phone.outbox.get(className) ?? [],
    stored(className, text) {
      const found = read.get(text) ?? readStored(className, text);
      read.set(text, found);
      return found;
    },
    async look() {
      const seen = await readAll(scene);
      for (const name of new Set([...truth.names, ...seen.keys()])) {
        const wrong = truth.look(name, seen.get(name));
        if (wrong !== undefined) throw new Failure(`${name} on the server: ${wrong}`);
      }
      for (const node of nodes) {
        const [surprise] = node.surprises();
        if (surprise !== undefined) throw new Failure(`${node.name} logged: ${surprise}`);
      }
    },
    async agree() {
      for (const className of classNames) {
        const resources = await server.list(className);
        for (const phone of phones) {
          const { latest, wentBack, stored } = scene;
          const wrong = checkAgreement({ phone, className, resources, stored, now: clock.now(), latest, wentBack });
          if (wrong !== undefined) throw new Failure(`${phone.name} (${phone.traits.version}): ${wrong}`);
        }
      }
    },
  };
  return scene;
}

/** Everything on the server by name. @throws Failure for an item, or a UID, that is there twice. */
async function readAll({ server, stored }: Scene): Promise<ReadonlyMap<Name, ItemState>> {
  const uids = new Map<string, Name>();
  const seen = new Map<Name, ItemState>();
  for (const className of classNames) {
    for (const { href, text } of await server.list(className)) {
      const { name, state } = stored(className, text);
      if (seen.has(name)) throw new Failure(`${name} is there twice, the second time as ${href}`);
      seen.set(name, state);
      const uid = `${className} ${state.uid}`;
      if (uids.has(uid)) throw new Failure(`${name} and ${uids.get(uid)} have one UID, ${state.uid}`);
      uids.set(uid, name);
    }
  }
  return seen;
}
