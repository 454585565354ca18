/** The memory backend as the server: nothing between it and the gateways but the weather. */
import type { Account, Backend } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import type { ModelServer, Resource, Weather } from "./server.ts";
import type { BackendCall, ClassName } from "./story.ts";

const user = "anna";
const password = "geheim";
const homes: Readonly<Record<ClassName, string>> = { Contacts: `/${user}/contacts/`, Calendar: `/${user}/calendar/` };

export async function startMemoryServer(): Promise<ModelServer> {
  const inner = createMemoryBackend({ users: { [user]: password } });
  const account = await inner.login({ user, password: new Secret(password) });
  const weather: Weather = { before: undefined };
  const seen = new Map<string, { cursor: string | undefined; items: Map<string, Resource> }>();

  let last: Promise<unknown> = Promise.resolve();

  async function listSince(home: string): Promise<readonly Resource[]> {
    const known = seen.get(home) ?? { cursor: undefined, items: new Map<string, Resource>() };
    const { entries, gone, cursor } = await account.changes(home, known.cursor);
    for (const href of gone) known.items.delete(href);
    const hrefs = entries.map(({ href }) => href);
    for await (const item of account.read(home, hrefs)) known.items.set(item.href, item);
    seen.set(home, { cursor, items: known.items });
    return [...known.items.values()];
  }

  return {
    user,
    password,
    url: undefined,
    weather,
    backend: (): Backend => ({
      login: async (...asked) => throughWeather(await inner.login(...asked), weather),
      // Several nodes share it.
      close: async () => {},
    }),
    list(className) {
      // One after the other: each goes on from where the one before came to.
      const listed = last.then(() => listSince(homes[className]));
      last = listed.catch(() => {});
      return listed;
    },
    async put(className, href, text, rev) {
      const home = homes[className];
      const isStored = await unlessConflict(() =>
        rev === undefined ? account.create(home, href.slice(home.length), text) : account.update(href, rev, text),
      );
      return isStored ? text : undefined;
    },
    remove: (href, rev) => unlessConflict(() => account.remove(href, rev)),
    hrefOf: (className, name) => `${homes[className]}${name}${className === "Contacts" ? ".vcf" : ".ics"}`,
    end: () => inner.close(),
  };
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
  };
}
