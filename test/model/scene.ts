/** Everything that a story in progress has: who plays, what is known, and what is still open. */
import { checkAgreement } from "./agreement.ts";
import { type ItemState, readStored, type StoredItem } from "./item-state.ts";
import { checkTaken } from "./mail/client.ts";
import type { ModelMail } from "./mail/server.ts";
import type { ModelNode } from "./node.ts";
import { createPhone, type Outgoing, type Phone, type Shelf } from "./phone.ts";
import type { ModelServer, Resource } from "./server.ts";
import type { Name, Place, PlaceTraits, Story } from "./story.ts";
import { createTruth, type Truth } from "./truth.ts";

/** Where a story is told: with a user of its own, whom nobody told anything of before. */
export interface Stage {
  readonly server: ModelServer;
  /** Where the user's messages are; what `server` lists has them too. */
  readonly mail?: ModelMail | undefined;
  readonly nodes: readonly [ModelNode, ...ModelNode[]];
  /** What the nodes take for the time; a jump is one for all of them. */
  readonly clock: { now(): number; jump(seconds: number): Promise<void> };
  /** Messages between the nodes are lost, or not. */
  setDeaf(deaf: boolean): void;
  end(): Promise<void>;
}

/** What a story wants of its stage. */
export type Scenery = Pick<Story, "brakes" | "places" | "mail">;

export const noBrakes = { deletes: false, listings: false, creations: false, loops: false };

/** Maintenance and overload: the phone comes again. A 500 is a bug. */
export function isTemporary(status: number): boolean {
  if (status === 200) return false;
  if (status === 503) return true;
  throw new Failure(`HTTP ${status}`);
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
  /** As they are now. */
  places: readonly PlaceTraits[];
  /** The display name of a place that was renamed. */
  readonly renamed: Map<Place, string>;
  readonly brakes: boolean;
  /** A collection went since the last rest. */
  hasDropped: boolean;
  /** Most of a collection may be gone: that is believed half a minute later. */
  isInDoubt: boolean;
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
  queue(phone: Phone, shelf: Shelf): Outgoing[];
  stored(resource: Pick<Resource, "className" | "place" | "text">): StoredItem;
  isReadOnly(place: Place): boolean;
  isThere(place: Place): boolean;
  /** What is there must be possible, each item once. @throws Failure. */
  look(): Promise<void>;
  /** Phones at rest hold what the server has. @throws Failure. */
  agree(): Promise<void>;
}

export function createScene(story: Story, stage: Stage, { tally = new Map(), trace }: Telltale): Scene {
  const { server, mail, nodes, clock } = stage;
  const truth = createTruth();
  const login = { user: server.user, password: server.password };
  const phones = story.phones.map((traits, index) =>
    createPhone({ traits, nodes, hasMail: mail !== undefined, deviceId: `MODEL${story.seed}N${index}`, ...login }),
  );
  const read = new Map<string, StoredItem>();
  let number = 0;

  const scene: Scene = {
    ...stage,
    phones,
    truth,
    places: [...story.places, ...(mail?.places() ?? [])],
    renamed: new Map(),
    brakes: story.brakes,
    hasDropped: false,
    isInDoubt: false,
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
    queue(phone, shelf) {
      const found = phone.outbox.get(shelf.id) ?? [];
      phone.outbox.set(shelf.id, found);
      return found;
    },
    stored(resource) {
      const key = `${resource.place} ${resource.text}`;
      const found = read.get(key) ?? readStored(resource);
      read.set(key, found);
      return found;
    },
    isThere: (place) => scene.places.some((one) => one.place === place),
    isReadOnly: (place) => scene.places.some((one) => one.place === place && one.isReadOnly === true),
    async look() {
      const seen = await readAll(scene);
      for (const name of new Set([...truth.names, ...seen.keys()])) {
        const wrong = truth.look(name, seen.get(name));
        if (wrong !== undefined) throw new Failure(`${name} on the server: ${wrong}`);
      }
      checkTaken(scene);
      for (const node of nodes) {
        const [surprise] = node.surprises();
        if (surprise !== undefined) throw new Failure(`${node.name} logged: ${surprise}`);
      }
    },
    async agree() {
      const resources = await server.list();
      for (const phone of phones) {
        const { latest, wentBack, stored, places, renamed } = scene;
        const wrong = checkAgreement({ phone, places, renamed, resources, stored, now: clock.now(), latest, wentBack });
        if (wrong !== undefined) throw new Failure(`${phone.name} (${phone.traits.version}): ${wrong}`);
      }
    },
  };
  return scene;
}

/** Everything on the server by name. @throws Failure for an item, or a UID, that is there twice. */
async function readAll({ server, stored }: Scene): Promise<ReadonlyMap<Name, ItemState>> {
  const uids = new Map<string, Name>();
  const seen = new Map<Name, ItemState>();
  for (const resource of await server.list()) {
    const { name, state } = stored(resource);
    const before = seen.get(name);
    if (before)
      throw new Failure(`${name} is there twice: in ${before.place}, and in ${state.place} as ${resource.href}`);
    seen.set(name, state);
    const uid = `${resource.className} ${state.uid}`;
    if (uids.has(uid)) throw new Failure(`${name} and ${uids.get(uid)} have one UID, ${state.uid}`);
    uids.set(uid, name);
  }
  return seen;
}
