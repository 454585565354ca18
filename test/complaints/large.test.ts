import { expect, it } from "vitest";
import { bodyText } from "../../conformance/cases/samples.ts";
import { BackendError } from "../../src/errors.ts";
import { element } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { card, event, memoryWorld, surprises } from "../trouble/world.ts";
import { brakesIn, complaint, itemWith, shown, shownIn, textsIn } from "./complaint.ts";

const next = "20301124T100000Z";

complaint(10, () => {
  it("one request that arrives several times at once is done once, and each answer is the same", async () => {
    const world = await memoryWorld();
    const phone = world.phone({ ...named.iOS17, polite: false });
    await phone.folderSync();
    const folder = phone.folder(9);
    const { key = "" } = await phone.sync(folder, { key: "0" });
    const commands = Array.from({ length: 10 }, (_, at) => ({
      kind: "Add" as const,
      clientId: `n${at}`,
      data: [element("Contacts:FirstName", `New ${at}`)],
    }));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => phone.sync(folder, { key, commands, getChanges: false })),
    );
    const done = answers.filter(({ status }) => status === 1);
    expect(done.length).toBeGreaterThan(0);
    // Whoever came while the first was at work may be told to come again, and to nothing else.
    expect(answers.filter(({ status }) => ![1, 16].includes(status))).toEqual([]);
    expect(new Set(done.map(({ key: newest, results }) => JSON.stringify([newest, results]))).size).toBe(1);
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(10);
    expect(surprises(world.lines)).toEqual([]);
  });

  it("an item that the server refuses stops neither the others of its request nor the folder", async () => {
    const world = await memoryWorld({
      seenAs: (account) => ({
        ...account,
        async create(href, name, text, signal) {
          if (text.includes("Bad")) throw new BackendError("refused", "PUT: 403", { status: 403 });
          if (text.includes("Worse")) throw new BackendError("unreachable", "PUT: 500", { status: 500 });
          return account.create(href, name, text, signal);
        },
      }),
    });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder);
    const commands = ["One", "Bad", "Two", "Worse", "Three"].map((subject, at) => ({
      kind: "Add" as const,
      clientId: `n${at}`,
      data: [
        element("Calendar:StartTime", next),
        element("Calendar:EndTime", "20301124T110000Z"),
        element("Calendar:Subject", subject),
        element("Calendar:UID", `uid-${subject}`),
      ],
    }));
    const { results } = await phone.sync(folder, { commands });
    expect(results.map(({ status }) => status)).toEqual([1, 6, 1, 5, 1]);
    expect(shownIn(phone, folder, "Calendar:Subject")).toEqual(["One", "Three", "Two"]);
    // What the server has for the phone comes all the same.
    await world.account.create("/anna/calendar/", "new.ics", event("Four", next));
    await phone.sync(folder);
    expect(shownIn(phone, folder, "Calendar:Subject")).toEqual(["Four", "One", "Three", "Two"]);
  });

  it("what the server lists twice is one item, and what it lists again is no new one", async () => {
    const world = await memoryWorld({
      collections: [
        { path: "calendar", name: "Calendar", components: ["VEVENT"], items: { "a.ics": event("Alpha", next) } },
      ],
      seenAs: (account) => ({
        ...account,
        async changes(...asked) {
          const found = await account.changes(...asked);
          return { ...found, entries: [...found.entries, ...found.entries] };
        },
      }),
    });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(8);
    expect((await phone.sync(folder)).changes).toHaveLength(1);
    await world.account.create("/anna/calendar/", "b.ics", event("Beta", next));
    expect((await phone.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
    expect((await phone.sync(folder)).changes).toEqual([]);
  });
});

complaint(12, () => {
  const count = 5_000;
  const items = () =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}.vcf`, card(`c${at}`, "NOTE:some words\r\n")]));

  it("five thousand items cross in windows, each read once, with no more of them in hand than a window has", async () => {
    let inHand = 0;
    let most = 0;
    let read = 0;
    const world = await memoryWorld({
      collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items: items() }],
      seenAs: (account) => ({
        ...account,
        async *read(collection, hrefs, signal) {
          inHand += hrefs.length;
          most = Math.max(most, inHand);
          try {
            for await (const item of account.read(collection, hrefs, signal)) {
              read += 1;
              yield item;
            }
          } finally {
            inHand -= hrefs.length;
          }
        },
      }),
    });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder, { once: true });
    let windows = 0;
    for (let more = true; more; windows += 1) {
      const answer = await phone.sync(folder, { once: true, window: 512 });
      expect(answer.changes.length).toBeLessThanOrEqual(512);
      ({ more } = answer);
    }
    expect(windows).toBe(Math.ceil(count / 512));
    expect(phone.items(folder).size).toBe(count);
    expect(read).toBe(count);
    expect(most).toBeLessThanOrEqual(512);
    // The list was asked for once, not once for each window.
    expect(world.calls.filter(({ method }) => method === "changes").length).toBeLessThanOrEqual(2);
  }, 60_000);

  it("an item that cannot be shown is left out and named in the log, and the thousand behind it come", async () => {
    const world = await memoryWorld({
      collections: [
        {
          path: "contacts",
          name: "Contacts",
          components: ["VCARD"],
          items: {
            "poison.vcf": "BEGIN:VCARD\r\nVERSION:3.0\r\nthis is no card",
            "huge.vcf": card("huge", `NOTE:${"x".repeat(9_000_000)}\r\n`),
            ...Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`c${at}.vcf`, card(`c${at}`)])),
          },
        },
      ],
    });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    const answer = await phone.sync(folder, { window: 100, bodyPreferences: [{ type: 1, truncationSize: 500 }] });
    expect(answer.status).toBe(1);
    expect(shownIn(phone, folder, "Contacts:FirstName").filter((name) => /^c\d+$/.test(name))).toHaveLength(1_000);
    const told = world.lines.filter(
      ({ level, fields }) => level === "warn" && String(fields.href).includes("poison.vcf"),
    );
    expect(told.length).toBeGreaterThan(0);
    // It is not asked for again and again, and is told as soon as it is mended.
    expect((await phone.sync(folder, { once: true })).empty).toBe(true);
    const { entries } = await world.account.changes("/anna/contacts/", undefined);
    const poison = entries.find(({ href }) => href.endsWith("poison.vcf"));
    await world.account.update(poison?.href ?? "", poison?.rev ?? "", card("mended"));
    expect((await phone.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  });

  it("an item that the phone itself chokes on is found and set aside, and the others come", async () => {
    let time = Date.UTC(2026, 10, 24);
    const world = await memoryWorld({
      collections: [
        {
          path: "contacts",
          name: "Contacts",
          components: ["VCARD"],
          items: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`c${at}.vcf`, card(`c${at}`)])),
        },
      ],
      parts: { now: () => time },
    });
    const phone = world.phone({ ...named.iOS17, polite: false });
    await phone.folderSync();
    const folder = phone.folder(9);
    let { key = "" } = await phone.sync(folder, { key: "0" });
    const taken = new Set<string>();
    for (let round = 0; round < 100 && taken.size < 39; round += 1) {
      time += 60_000;
      const answer = await phone.sync(folder, { key, window: 40, once: true });
      const names = answer.changes.map((item) => shown(item, "Contacts:FirstName") ?? "");
      // Of an answer with this one in it the phone takes nothing, and asks for it again.
      if (names.includes("c17")) continue;
      for (const name of names) taken.add(name);
      key = answer.key ?? key;
    }
    expect(taken.size).toBe(39);
    expect(taken).not.toContain("c17");
    expect(brakesIn(world.lines)).toEqual(["loops"]);
  });
});

complaint(20, () => {
  it("an event that has left the phone's window can still be opened by its id, whole", async () => {
    for (const version of ["12.1", "14.1", "16.1"] as const) {
      const world = await memoryWorld({
        collections: [
          {
            path: "calendar",
            name: "Calendar",
            components: ["VEVENT"],
            items: {
              "old.ics": event("Old", "20200101T100000Z", "DESCRIPTION:long ago\r\n"),
              "new.ics": event("New", next),
            },
          },
        ],
      });
      const phone = world.phone({ ...named.iOS17, version });
      await phone.folderSync();
      const folder = phone.folder(8);
      await phone.sync(folder, { filterType: 0 });
      const { serverId } = itemWith(phone, folder, "Calendar:Subject", "Old");
      await phone.sync(folder, { filterType: 4 });
      expect(shownIn(phone, folder, "Calendar:Subject"), version).toEqual(["New"]);
      const { items } = await phone.fetch(folder, serverId, { bodyPreferences: [{ type: 1 }] });
      expect(
        items.map(({ status }) => status),
        version,
      ).toEqual([1]);
      const fetched = { serverId, data: items[0]?.data ?? [] };
      expect(shown(fetched, "Calendar:Subject"), version).toBe("Old");
      expect(bodyText(version, "Calendar", fetched.data), version).toBe("long ago");
    }
  });
});
