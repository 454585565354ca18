/** What every implementation of `backends/backend.ts` has to do. Run by a test file per implementation. */
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import type { Account, Backend, Changes, Collection, Component, Entry, Item } from "../../src/backends/backend.ts";
import { BackendError, type BackendErrorKind } from "../../src/errors.ts";
import { type Credentials, Secret } from "../../src/log.ts";

export interface Subject {
  readonly backend: Backend;
  readonly credentials: Credentials;
  /** False for a server that takes any login. */
  readonly checksLogins: boolean;
  /** A server whose own account of changes cannot be believed: each is found by a whole listing. */
  readonly listsChanges?: boolean;
  /** A server that decodes the names it is sent twice, so that no name has a percent sign before two hex digits. */
  readonly decodesNamesTwice?: boolean;
  /** Makes a second collection for these and gives its href; absent where items have nowhere to be moved to. */
  second?(component: "VEVENT" | "VCARD"): Promise<string>;
  close(): Promise<void>;
}

interface Content {
  readonly component: "VEVENT" | "VCARD";
  readonly extension: string;
  text(uid: string, title: string): string;
  /** The part of a stored text that the test put there. */
  titleOf(text: string): string | undefined;
}

const contents: readonly Content[] = [
  {
    component: "VEVENT",
    extension: ".ics",
    text: (uid, title) =>
      [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Isthmus//Test//EN",
        "BEGIN:VEVENT",
        `UID:${uid}`,
        "DTSTAMP:20260101T000000Z",
        "DTSTART:20260310T090000Z",
        "DTEND:20260310T100000Z",
        `SUMMARY:${title}`,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ].join("\r\n"),
    titleOf: (text) => /^SUMMARY:(.*)\r$/m.exec(text)?.[1],
  },
  {
    component: "VCARD",
    extension: ".vcf",
    text: (uid, title) =>
      ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${title}`, `N:${title};;;;`, "END:VCARD", ""].join("\r\n"),
    titleOf: (text) => /^FN:(.*)\r$/m.exec(text)?.[1],
  },
];

const collectionTexts: Readonly<Record<Component, string>> = {
  VEVENT: contents[0]?.text("collections-event", "Event") ?? "",
  VTODO: component("VTODO", "collections-task"),
  VJOURNAL: component("VJOURNAL", "collections-journal"),
  VCARD: contents[1]?.text("collections-card", "Card") ?? "",
};

function component(name: string, uid: string): string {
  const lines = [`UID:${uid}`, "DTSTAMP:20260101T000000Z", "SUMMARY:Made"];
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Isthmus//Test//EN"];
  return [...head, `BEGIN:${name}`, ...lines, `END:${name}`, "END:VCALENDAR", ""].join("\r\n");
}

/** Defines the tests. `open` is called once. */
export function describeBackend(server: string, open: () => Promise<Subject>): void {
  describe(`backend contract: ${server}`, () => {
    let subject: Subject;
    let account: Account;
    beforeAll(async () => {
      subject = await open();
      account = await subject.backend.login(subject.credentials);
    });
    afterAll(async () => {
      await subject?.close();
    });

    it("names one canonical account however often it is asked", async () => {
      const again = await subject.backend.login(subject.credentials, { client: "192.0.2.7" });
      expect(again.user).toBe(account.user);
      expect(account.user).not.toBe("");
    });

    it("refuses a wrong password as such, also after the right one was taken", async (context) => {
      context.skip(!subject.checksLogins, "this server takes any login");
      const wrong = { user: subject.credentials.user, password: new Secret("wrong") };
      await expectError(subject.backend.login(wrong), "auth");
    });

    it("lists a writable calendar and a writable address book", async () => {
      const collections = await account.collections();
      for (const { component } of contents) {
        const found = collections.find((collection) => collection.components.includes(component));
        expect(found, component).toMatchObject({ shared: false, rights: { create: true, update: true, remove: true } });
        expect(found?.href).toMatch(/^\/.*\/$/);
        expect(found?.name).not.toBe("");
      }
    });

    it("lists what holds a component: all where there is no other", async () => {
      const collections = await account.collections();
      const calendars = collections.filter(({ components }) => components.includes("VEVENT"));
      const mixed = calendars.find(({ components }) => components.includes("VTODO"));
      const { href } = mixed ?? calendars[0] ?? { href: "" };
      const stored = mixed ? (["VEVENT", "VTODO"] as const) : (["VEVENT"] as const);
      const written: string[] = [];
      for (const one of stored) {
        const text = collectionTexts[one].replace("collections-", "holding-");
        written.push((await account.create(href, `holding-${one}.ics`, text)).href);
      }
      for (const one of stored) {
        const listed = await account.changes(href, undefined, undefined, one);
        expect(listed.full).toBe(true);
        const hrefs = listed.entries.map((entry) => entry.href);
        expect(hrefs.filter((found) => written.includes(found))).toEqual([
          written[(stored as readonly Component[]).indexOf(one)],
        ]);
        expect(await account.changes(href, listed.cursor)).toMatchObject({ full: false, entries: [], gone: [] });
      }
      for (const one of written) await account.remove(one, undefined);
    });

    it("stops when it is told to", async () => {
      const reason = new Error("enough");
      await expect(account.collections(AbortSignal.abort(reason))).rejects.toBe(reason);
      const collection = await collectionOf(account, "VCARD");
      await expect(account.changes(collection.href, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it.each(contents)("says that a collection is gone ($component)", async ({ component }) => {
      const { href } = await collectionOf(account, component);
      await expectError(account.changes(`${href}no-such-collection/`, undefined), "gone");
    });

    describe("collections", () => {
      const components = ["VEVENT", "VTODO", "VJOURNAL", "VCARD"] as const;
      const make = (component: Component, name: string, displayName = "Made äöü <&>") =>
        account.createCollection({ component, name: `contract-${name}`, displayName });
      const find = async (href: string): Promise<Collection | undefined> =>
        (await account.collections()).find((one) => one.href === href);

      it("may be made for everything", async () => {
        expect([...(await account.creatable())].sort()).toEqual([...components].sort());
      });

      it.each(components)("are made, once, and hold what they are for (%s)", async (component) => {
        const made = await make(component, `made-${component.toLowerCase()}`);
        expect(made).toMatchObject({ name: "Made äöü <&>", shared: false, mayRename: true, mayRemove: true });
        expect(made.components).toContain(component);
        expect(await find(made.href)).toEqual(made);
        const text = collectionTexts[component];
        const { href } = await account.create(made.href, `a${component === "VCARD" ? ".vcf" : ".ics"}`, text);
        // As after a lost answer: it is the same one, and keeps what is in it.
        expect(await make(component, `made-${component.toLowerCase()}`)).toMatchObject({ href: made.href });
        expect(await readAll(account, made.href, [href])).toHaveLength(1);
        await account.removeCollection(made.href);
      });

      it("are renamed", async () => {
        const { href } = await make("VEVENT", "renamed");
        await account.renameCollection(href, "Other ]]> name");
        expect(await find(href)).toMatchObject({ name: "Other ]]> name" });
        await account.removeCollection(href);
        await expectError(account.renameCollection(href, "Gone"), "gone");
      });

      it("are deleted with what is in them, and gone then", async () => {
        const { href } = await make("VCARD", "deleted");
        await account.create(href, "a.vcf", collectionTexts.VCARD);
        await account.removeCollection(href);
        expect(await find(href)).toBeUndefined();
        await expectError(account.removeCollection(href), "gone");
        await expectError(account.changes(href, undefined), "gone");
      });
    });

    describe.each(contents)("$component", (content) => {
      let collection: string;
      let count = 0;
      const fresh = (): string => `contract-${content.component.toLowerCase()}-${++count}`;
      const make = async (title = "Title"): Promise<{ uid: string; href: string; rev: string }> => {
        const uid = fresh();
        const entry = await account.create(collection, uid + content.extension, content.text(uid, title));
        return { uid, ...entry };
      };
      beforeAll(async () => {
        collection = (await collectionOf(account, content.component)).href;
      });

      it("creates, reads, updates, deletes", async () => {
        const { uid, href, rev } = await make("First äöü 😀 <&> ]]>");
        expect(href).toBe(`${collection}${uid}${content.extension}`);
        const [first] = await readAll(account, collection, [href]);
        expect(first).toMatchObject({ href, rev });
        expect(content.titleOf(first?.text ?? "")).toBe("First äöü 😀 <&> ]]>");

        const second = await account.update(href, rev, content.text(uid, "Second"));
        expect(second.href).toBe(href);
        expect(second.rev).not.toBe(rev);
        const [changed] = await readAll(account, collection, [href]);
        expect(changed?.rev).toBe(second.rev);
        expect(content.titleOf(changed?.text ?? "")).toBe("Second");

        await account.remove(href, second.rev);
        expect(await readAll(account, collection, [href])).toEqual([]);
      });

      it("keeps names that need encoding apart", async () => {
        const names = ["a b", ...(subject.decodesNamesTwice ? [] : ["a%20b"]), "ä+ö", "x@y,z", "50%"];
        const made: string[] = [];
        for (const name of names) {
          const uid = fresh();
          const file = `${uid} ${name}${content.extension}`;
          made.push((await account.create(collection, file, content.text(uid, `Name ${made.length}`))).href);
        }
        const { entries } = await account.changes(collection, undefined);
        expect(entries.map((entry) => entry.href)).toEqual(expect.arrayContaining(made));
        const items = await readAll(account, collection, made);
        expect(items.map((item) => content.titleOf(item.text))).toEqual(names.map((_, i) => `Name ${i}`));
        for (const item of items) await account.remove(item.href, item.rev);
      });

      it("reads in the order asked, more than a batch, without what is missing", async () => {
        const made: string[] = [];
        for (let i = 0; i < 5; i += 1) made.push((await make(`Ordered ${i}`)).href);
        const asked = made
          .toReversed()
          .flatMap((href, i) => [
            href,
            ...Array.from({ length: 60 }, (_, j) => `${collection}missing-${i}-${j}${content.extension}`),
          ]);
        const items = await readAll(account, collection, asked);
        expect(items.map((item) => item.href)).toEqual(made.toReversed());
      });

      it("lets a reader stop early", async () => {
        const { href } = await make();
        const other = await make();
        for await (const item of account.read(collection, [href, other.href])) {
          expect(item.href).toBe(href);
          break;
        }
      });

      it("never overwrites when it creates", async () => {
        const { uid, href } = await make("Kept");
        const name = `${uid}${content.extension}`;
        await expectError(account.create(collection, name, content.text(uid, "Lost")), "conflict");
        const [item] = await readAll(account, collection, [href]);
        expect(content.titleOf(item?.text ?? "")).toBe("Kept");
      });

      it("refuses what was changed since, and keeps that change", async () => {
        const { uid, href, rev } = await make("First");
        const second = await account.update(href, rev, content.text(uid, "Second"));
        await expectError(account.update(href, rev, content.text(uid, "Third")), "conflict");
        await expectError(account.remove(href, rev), "conflict");
        const [item] = await readAll(account, collection, [href]);
        expect(item?.rev).toBe(second.rev);
      });

      it("tells gone from changed", async () => {
        const { uid, href, rev } = await make();
        await account.remove(href, rev);
        await expectError(account.update(href, rev, content.text(uid, "Back")), "gone");
        await expectError(account.remove(href, rev), "gone");
        await expectError(account.remove(href, undefined), "gone");
      });

      it("finds an item by its UID and by no other", async () => {
        const { uid, href, rev } = await make();
        expect(await account.findByUid(collection, uid)).toMatchObject({ href, rev });
        expect(await account.findByUid(collection, uid.slice(0, -1))).toBeUndefined();
        expect(await account.findByUid(collection, uid.toUpperCase())).toBeUndefined();
        expect(await account.findByUid(collection, "no such uid")).toBeUndefined();
      });

      it("tells each change once, and nothing when there is none", async () => {
        const kept = await make("Kept");
        const doomed = await make("Doomed");
        const start = await account.changes(collection, undefined);
        expect(start.full).toBe(true);
        expect(start.gone).toEqual([]);
        expect(start.entries).toContainEqual({ href: kept.href, rev: kept.rev });

        const quiet = await account.changes(collection, start.cursor);
        expect(quiet).toMatchObject({ full: false, entries: [], gone: [] });

        const added = await make("Added");
        const changed = await account.update(kept.href, kept.rev, content.text(kept.uid, "Changed"));
        await account.remove(doomed.href, doomed.rev);
        const told = await account.changes(collection, quiet.cursor);
        expect(told.full).toBe(subject.listsChanges === true);
        const delta = since(start.entries, told);
        expect(new Map(delta.entries.map((entry) => [entry.href, entry.rev]))).toEqual(
          new Map([
            [added.href, added.rev],
            [changed.href, changed.rev],
          ]),
        );
        expect(delta.gone).toEqual([doomed.href]);
        expect(await account.changes(collection, told.cursor)).toMatchObject({ full: false, entries: [], gone: [] });
      });

      it("does not call an item gone that was deleted and made again", async () => {
        const { uid, href, rev } = await make("Before");
        const { cursor, entries } = await account.changes(collection, undefined);
        await account.remove(href, rev);
        await account.create(collection, `${uid}${content.extension}`, content.text(uid, "After"));
        const delta = since(entries, await account.changes(collection, cursor));
        expect(delta.gone).toEqual([]);
        expect(delta.entries.map((entry) => entry.href)).toEqual([href]);
      });

      it.each(["1sgarbage", "1shttp://sabre.io/ns/sync/999999999", "garbage", "1cgarbage", ""])(
        "lists everything for the cursor '%s' that it cannot use",
        async (cursor) => {
          const { href } = await make();
          const listed = await account.changes(collection, cursor);
          expect(listed.full).toBe(true);
          expect(listed.entries.map((entry) => entry.href)).toContain(href);
        },
      );

      it("probes for changes without missing one", async () => {
        const { cursor } = await account.changes(collection, undefined);
        const cursors = new Map([[collection, cursor]]);
        for (let i = 0; i < 4; i += 1) {
          const quiet = await account.probe([collection], cursors);
          expect(quiet.tags.get(collection)).toBe(cursor);
          expect(quiet.requests).toBeGreaterThan(0);
        }
        const seen = new Set<string | undefined>([cursor]);
        for (let i = 0; i < 4; i += 1) {
          await make();
          const moved = await account.probe([collection, `${collection}gone/`], cursors);
          expect(seen).not.toContain(moved.tags.get(collection));
          seen.add(moved.tags.get(collection));
          expect(moved.tags.has(`${collection}gone/`)).toBe(false);
        }
        const { cursor: now } = await account.changes(collection, cursor);
        const again = await account.probe([collection], new Map([[collection, now]]));
        expect(again.tags.get(collection)).toBe(now);
      });

      describe("moving", () => {
        let second: string | undefined;
        beforeAll(async () => {
          second = await subject.second?.(content.component);
        });
        const target = (context: TestContext): string => {
          if (second === undefined) context.skip("there is nowhere to move to");
          return second ?? "";
        };

        it("takes an item to another collection, whole, and once", async (context) => {
          const other = target(context);
          const { uid, href } = await make("Moved äöü 😀");
          const name = `moved-${uid}${content.extension}`;
          const start = await Promise.all([collection, other].map((path) => account.changes(path, undefined)));
          const moved = await account.move(href, other, name);
          expect(moved.href).toBe(`${other}${name}`);
          expect(await readAll(account, collection, [href])).toEqual([]);
          const [item] = await readAll(account, other, [moved.href]);
          expect(item?.rev).toBe(moved.rev);
          expect(content.titleOf(item?.text ?? "")).toBe("Moved äöü 😀");
          const [from, to] = await Promise.all(
            [collection, other].map(async (path, i) =>
              since(start[i]?.entries ?? [], await account.changes(path, start[i]?.cursor)),
            ),
          );
          expect(from).toMatchObject({ entries: [], gone: [href] });
          expect(to).toMatchObject({ entries: [{ href: moved.href, rev: moved.rev }], gone: [] });
        });

        it("can be repeated, and says gone when the item is in neither place", async (context) => {
          const other = target(context);
          const { uid, href } = await make();
          const name = `moved-${uid}${content.extension}`;
          const moved = await account.move(href, other, name);
          expect(await account.move(href, other, name)).toMatchObject({ href: moved.href, rev: moved.rev });
          await account.remove(moved.href, moved.rev);
          await expectError(account.move(href, other, name), "gone");
        });

        it("never overwrites, and leaves the item where it was", async (context) => {
          const other = target(context);
          const { uid, href } = await make("Stays");
          const name = `taken-${uid}${content.extension}`;
          const taken = await account.create(other, name, content.text(fresh(), "Taken"));
          await expectError(account.move(href, other, name), "conflict");
          const [item] = await readAll(account, collection, [href]);
          expect(content.titleOf(item?.text ?? "")).toBe("Stays");
          const [kept] = await readAll(account, other, [taken.href]);
          expect(content.titleOf(kept?.text ?? "")).toBe("Taken");
        });

        it("is refused onto itself and into nothing, and leaves the item where it was", async (context) => {
          target(context);
          const { uid, href } = await make("Stays");
          await expectError(account.move(href, collection, `${uid}${content.extension}`), "refused");
          await expectError(account.move(href, `${collection}no-such-collection/`, "a.ics"), "refused");
          const [item] = await readAll(account, collection, [href]);
          expect(content.titleOf(item?.text ?? "")).toBe("Stays");
        });
      });

      it("refuses a text that is none", async () => {
        const name = `${fresh()}${content.extension}`;
        await expectError(account.create(collection, name, "BEGIN:NOTHING\r\nnonsense\r\n"), "refused");
      });
    });
  });
}

/** What a whole listing says of changes since the one before; a delta says so itself. */
function since(before: readonly Entry[], now: Changes): Pick<Changes, "entries" | "gone"> {
  if (!now.full) return now;
  const revisions = new Map(before.map(({ href, rev }) => [href, rev]));
  const there = new Set(now.entries.map(({ href }) => href));
  return {
    entries: now.entries.filter(({ href, rev }) => revisions.get(href) !== rev),
    gone: [...revisions.keys()].filter((href) => !there.has(href)),
  };
}

export async function expectError(promise: Promise<unknown>, kind: BackendErrorKind): Promise<BackendError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BackendError)) throw new Error(`expected a BackendError, got ${String(error)}`);
  expect(error.kind, error.message).toBe(kind);
  return error;
}

export async function collectionOf(account: Account, component: Content["component"]): Promise<Collection> {
  const found = (await account.collections()).find((collection) => collection.components.includes(component));
  if (!found) throw new Error(`no collection for ${component}`);
  return found;
}

export async function readAll(account: Account, collection: string, hrefs: readonly string[]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of account.read(collection, hrefs)) items.push(item);
  return items;
}
