/** The memory backend as the server: nothing between it and the gateways but the weather, and what they may not do. */
import type { Account, Backend, Collection } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { classIn, hrefIn, type ModelServer, placeIn, type Resource, type ServerPlace, type Weather } from "./server.ts";
import { type BackendCall, nameOf, type PlaceTraits } from "./story.ts";

const user = "anna";
const password = "geheim";

export async function startMemoryServer(first: readonly PlaceTraits[]): Promise<ModelServer> {
  const inner = createMemoryBackend({
    users: { [user]: password },
    collections: first.map(({ place, components }) => ({
      path: place,
      name: nameOf(place),
      components,
      isDefault: place === "calendar",
    })),
  });
  const account = await inner.login({ user, password: new Secret(password) });
  const readOnly = new Set(first.flatMap(({ place, isReadOnly }) => (isReadOnly ? [`/${user}/${place}/`] : [])));
  const homes = new Map(first.map(({ place }) => [place, `/${user}/${place}/`]));
  const weather: Weather = { before: undefined };
  const seen = new Map<string, { cursor: string; items: Map<string, Resource> }>();

  let last: Promise<unknown> = Promise.resolve();

  async function listSince({ href: home, place }: ServerPlace): Promise<readonly Resource[]> {
    const known = seen.get(home);
    const { entries, gone, full, cursor } = await account.changes(home, known?.cursor);
    const items = full ? new Map<string, Resource>() : (known?.items ?? new Map<string, Resource>());
    for (const href of gone) items.delete(href);
    const hrefs = entries.map(({ href }) => href);
    for await (const item of account.read(home, hrefs))
      items.set(item.href, { ...item, place, className: classIn(item.text) });
    seen.set(home, { cursor, items });
    return [...items.values()];
  }

  async function places(): Promise<readonly ServerPlace[]> {
    const collections = await account.collections();
    homes.clear();
    return collections.map(({ href, name, components }) => {
      const place = placeIn(name);
      homes.set(place, href);
      return { href, place, displayName: name, components };
    });
  }

  async function listAll(): Promise<readonly Resource[]> {
    const listed = (await places()).map(async (place) =>
      listSince(place).catch((error: unknown) => {
        // A phone deletes a folder in the same moment.
        if (error instanceof BackendError && error.kind === "gone") return [];
        throw error;
      }),
    );
    return (await Promise.all(listed)).flat();
  }

  return {
    user,
    password,
    url: undefined,
    weather,
    backend: (): Backend => ({
      login: async (...asked) => throughWeather(restricted(await inner.login(...asked), readOnly), weather),
      // Several nodes share it.
      close: async () => {},
    }),
    list() {
      // One after the other: each goes on from where the one before came to.
      const listed = last.then(listAll);
      last = listed.catch(() => {});
      return listed;
    },
    async put(href, text, rev) {
      const home = collectionOf(href);
      const isStored = await unlessConflict(() =>
        rev === undefined ? account.create(home, href.slice(home.length), text) : account.update(href, rev, text),
      );
      return isStored ? text : undefined;
    },
    remove: (href, rev) => unlessConflict(() => account.remove(href, rev)),
    places,
    async makePlace(place, component) {
      await account.createCollection({ component, name: place, displayName: nameOf(place) });
    },
    renamePlace: (place, displayName) => account.renameCollection(homes.get(place) ?? "", displayName),
    async dropPlace(place) {
      const home = homes.get(place) ?? "";
      await account.removeCollection(home);
      seen.delete(home);
    },
    hrefOf: (place, name) => hrefIn(homes.get(place), name),
    end: () => inner.close(),
  };
}

function collectionOf(href: string): string {
  return href.slice(0, href.lastIndexOf("/") + 1);
}

async function unlessConflict(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof BackendError && (error.kind === "conflict" || error.kind === "gone")) return false;
    throw error;
  }
}

/** The gateways' view: some collections are not theirs to write to, whether they heed it or not. */
function restricted(account: Account, readOnly: ReadonlySet<string>): Account {
  const none = { create: false, update: false, remove: false };
  const requireRight = (...collections: readonly string[]) => {
    const refused = collections.find((collection) => readOnly.has(collection));
    if (refused !== undefined) throw new BackendError("refused", `${refused} is read-only`, { status: 403 });
  };
  return {
    ...account,
    collections: async (...asked) =>
      (await account.collections(...asked)).map(
        (one): Collection =>
          readOnly.has(one.href) ? { ...one, rights: none, mayRename: false, mayRemove: false } : one,
      ),
    async create(...asked) {
      requireRight(asked[0]);
      return account.create(...asked);
    },
    async update(...asked) {
      requireRight(collectionOf(asked[0]));
      return account.update(...asked);
    },
    async remove(...asked) {
      requireRight(collectionOf(asked[0]));
      return account.remove(...asked);
    },
    async move(...asked) {
      requireRight(collectionOf(asked[0]), asked[1]);
      return account.move(...asked);
    },
  };
}

function throughWeather(account: Account, weather: Weather): Account {
  async function through<T>(call: BackendCall, run: () => Promise<T>): Promise<T> {
    const trouble = await weather.before?.(call);
    if (trouble === "busy") throw new BackendError("busy", "the model says 503", { status: 503 });
    if (trouble === "cut") throw new BackendError("unreachable", "the model cut the connection");
    const result = await run();
    if (trouble === "lost") throw new BackendError("unreachable", "the model lost the answer");
    return result;
  }
  return {
    ...account,
    changes: (...asked) => through("changes", () => account.changes(...asked)),
    async *read(...asked) {
      yield* await through("read", async () => account.read(...asked));
    },
    create: (...asked) => through("create", () => account.create(...asked)),
    update: (...asked) => through("update", () => account.update(...asked)),
    remove: (...asked) => through("remove", () => account.remove(...asked)),
    move: (...asked) => through("move", () => account.move(...asked)),
  };
}
