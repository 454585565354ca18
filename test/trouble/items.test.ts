import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import type { Item } from "../../src/backends/backend.ts";
import { pictureCharacters } from "../../src/schema/limits.ts";
import { childText, element, type QName } from "../../src/wire/element.ts";
import { card, event, hrefOf, type Line, memoryWorld, surprises, twinWorld } from "./world.ts";

const calendarOf = (items: Readonly<Record<string, string>>) =>
  ({ path: "calendar", name: "Calendar", components: ["VEVENT"], items }) as const;
const bookOf = (items: Readonly<Record<string, string>>) =>
  ({ path: "contacts", name: "Contacts", components: ["VCARD"], items }) as const;

function valuesOf(phone: Device, folder: Folder, name: QName): string[] {
  return Array.from(
    phone.items(folder).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", data), name) ?? "",
  );
}

/** The items that a log line names, by their last segment. */
function named(lines: readonly Line[]): ReadonlySet<string> {
  return new Set(
    lines.flatMap(({ fields: { href } }) => (typeof href === "string" ? [href.split("/").at(-1) ?? ""] : [])),
  );
}

const days = (count: number, make: (day: string) => string) =>
  Array.from({ length: count }, (_, index) =>
    make(new Date(Date.UTC(2027, 0, 1 + index)).toISOString().slice(0, 10).replaceAll("-", "")),
  ).join("");

const series =
  (rule: string, more = "") =>
  (uid: string) =>
    event(uid, "20270101T100000Z", `RRULE:${rule}\r\n${more}`);

/** By file name: what may lie in a calendar. */
const badEvents: Readonly<Record<string, string>> = {
  "cut.ics": event("cut", "20301124T100000Z").slice(0, 120),
  "empty.ics": "",
  "blank.ics": "\r\n\r\n",
  "page.ics": "<html><body>404</body></html>",
  "card.ics": card("card"),
  "nothing.ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n",
  "todo.ics": event("todo", "20301124T100000Z").replaceAll("VEVENT", "VTODO"),
  "no-start.ics": event("no-start", "20301124T100000Z").replace(/DTSTART.*\r\n/, ""),
  "bad-start.ics": event("bad-start", "20301124T100000Z").replace(/DTSTART:.*/, "DTSTART:tomorrow"),
  "bad-month.ics": event("bad-month", "20301124T100000Z").replace(/DTSTART:.*/, "DTSTART:20301324T250000Z"),
  "bad-zone.ics": event("bad-zone", "20301124T100000Z").replace(/DTSTART:(.*)Z/, "DTSTART;TZID=Mars/Olympus:$1"),
  "bad-rule.ics": series("FREQ=SOMETIMES")("bad-rule"),
  "empty-rule.ics": series("")("empty-rule"),
  "each-second.ics": series("FREQ=SECONDLY")("each-second"),
  "no-day.ics": series("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")("no-day"),
  "far.ics": series("FREQ=DAILY;COUNT=999999999")("far"),
  "wide.ics": series("FREQ=DAILY;INTERVAL=2147483647")("wide"),
  "backwards.ics": series("FREQ=DAILY;UNTIL=19990101T000000Z")("backwards"),
  "year-9999.ics": event("year-9999", "99991231T100000Z"),
  "nul.ics": event("nul", "20301124T100000Z", "DESCRIPTION:a\u0000b\r\n"),
  "controls.ics": event("controls", "20301124T100000Z", "LOCATION:\u0001\u0007\u001b[31m\uffff\r\n"),
  "half-pair.ics": event("half-pair", "20301124T100000Z", "DESCRIPTION:\ud800 alone\r\n"),
  "two-megabytes.ics": event("two-megabytes", "20301124T100000Z", `DESCRIPTION:${"x".repeat(2_000_000)}\r\n`),
  "folded.ics": event("folded", "20301124T100000Z", `DESCRIPTION:a${"\r\n b".repeat(50_000)}\r\n`),
  "instances.ics": series("FREQ=DAILY;COUNT=5000")("instances"),
  "deleted.ics": series(
    "FREQ=DAILY;COUNT=5000",
    days(5_000, (day) => `EXDATE:${day}T100000Z\r\n`),
  )("deleted"),
  "dates.ics": event(
    "dates",
    "20270101T100000Z",
    days(5_000, (day) => `RDATE:${day}T100000Z\r\n`),
  ),
  "overrides.ics": series("FREQ=DAILY;COUNT=5000")("overrides").replace(
    "END:VCALENDAR",
    `${days(5_000, (day) => `BEGIN:VEVENT\r\nUID:overrides\r\nDTSTAMP:20200101T000000Z\r\nRECURRENCE-ID:${day}T100000Z\r\nDTSTART:${day}T110000Z\r\nDTEND:${day}T120000Z\r\nSUMMARY:o\r\nEND:VEVENT\r\n`)}END:VCALENDAR`,
  ),
  "attendees.ics": event(
    "attendees",
    "20301124T100000Z",
    `ORGANIZER:mailto:anna@example.org\r\n${Array.from({ length: 300 }, (_, index) => `ATTENDEE;CN=N${index}:mailto:n${index}@example.org\r\n`).join("")}`,
  ),
  "nested.ics": `${"BEGIN:VCALENDAR\r\n".repeat(2_000)}${"END:VCALENDAR\r\n".repeat(2_000)}`,
  "alarms.ics": event(
    "alarms",
    "20301124T100000Z",
    "BEGIN:VALARM\r\nTRIGGER:never\r\nACTION:?\r\nEND:VALARM\r\n".repeat(500),
  ),
  "twin-1.ics": event("twin", "20301124T100000Z"),
  "twin-2.ics": event("twin", "20301125T100000Z"),
};

const badCards: Readonly<Record<string, string>> = {
  "cut.vcf": card("cut").slice(0, 40),
  "empty.vcf": "",
  "page.vcf": "<html><body>404</body></html>",
  "event.vcf": event("event", "20301124T100000Z"),
  "no-name.vcf": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:no-name\r\nEND:VCARD\r\n",
  "two.vcf": card("two-1") + card("two-2"),
  "old.vcf": "BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;=\r\n=4A\r\nEND:VCARD\r\n",
  "nul.vcf": card("nul", "NOTE:a\u0000b\r\n"),
  "bad-photo.vcf": card("bad-photo", "PHOTO;ENCODING=b;TYPE=JPEG:***not base64***\r\n"),
  "remote-photo.vcf": card("remote-photo", "PHOTO;VALUE=URI:http://127.0.0.1:1/me.jpg\r\n"),
  "large-photo.vcf": card("large-photo", `PHOTO;ENCODING=b;TYPE=JPEG:${"A".repeat(1_600_000)}\r\n`),
  "large-note.vcf": card("large-note", `NOTE:${"x".repeat(1_600_000)}\r\n`),
  "bad-date.vcf": card("bad-date", "BDAY:yesterday\r\n"),
  "half-date.vcf": card("half-date", "BDAY:--0230\r\n"),
  "colonless.vcf": card("colonless", "NONSENSE\r\n"),
  "categories.vcf": card(
    "categories",
    `CATEGORIES:${Array.from({ length: 2_000 }, (_, index) => `c${index}`).join(",")}\r\n`,
  ),
  "twin-1.vcf": card("twin1", "", "twin"),
  "twin-2.vcf": card("twin2", "", "twin"),
};

describe("a collection with items that no one should have stored", () => {
  const good = Array.from({ length: 30 }, (_, index) => `good${String(index).padStart(2, "0")}`);
  /** Good items before, between and behind the bad ones. */
  function among(bad: Readonly<Record<string, string>>, make: (name: string) => string, extension: string) {
    const files = Object.entries(bad);
    return Object.fromEntries(
      Array.from({ length: Math.max(files.length, good.length) }, (_, index): [string, string][] => [
        ...(good[index] ? [[`${good[index]}.${extension}`, make(good[index])] satisfies [string, string]] : []),
        ...files.slice(index, index + 1),
      ]).flat(),
    );
  }

  it.each(["2.5", "12.1", "14.1", "16.1"] as const)(
    "gives a %s phone every good event, and a log line or an item for the others",
    async (version) => {
      const here = await memoryWorld({
        collections: [calendarOf(among(badEvents, (name) => event(name, "20301124T100000Z"), "ics")), bookOf({})],
      });
      const phone = here.phone({ version });
      await phone.folderSync();
      const folder = phone.folder(8);
      const options =
        Number(version) >= 12 ? { bodyPreferences: [{ type: 1 as const, truncationSize: 1_000 }] } : { truncation: 1 };
      const result = await phone.sync(folder, { ...options, window: 10 });
      expect(result.status).toBe(1);
      const subjects = valuesOf(phone, folder, "Calendar:Subject");
      expect(subjects.filter((subject) => subject.startsWith("good")).toSorted()).toEqual(good);
      // Both items of one UID are shown; whatever is not on the phone is named in the log.
      expect(subjects.filter((subject) => subject === "twin")).toHaveLength(2);
      const shown = Object.keys(badEvents).filter((name) => subjects.includes(name.replace(/(-\d)?\.ics$/, "")));
      expect(shown).toEqual(
        expect.arrayContaining(["two-megabytes.ics", "instances.ics", "attendees.ics", "deleted.ics"]),
      );
      expect(new Set([...shown, ...named(here.lines)])).toEqual(new Set(Object.keys(badEvents)));
      expect(surprises(here.lines)).toEqual([]);
      expect(await phone.sync(folder, { once: true })).toMatchObject({ status: 1, changes: [], more: false });
    },
  );

  it.each(["2.5", "14.1", "16.1"] as const)(
    "gives a %s phone every good card, and a log line or an item for the others",
    async (version) => {
      const here = await memoryWorld({
        collections: [calendarOf({}), bookOf(among(badCards, (name) => card(name), "vcf"))],
      });
      const phone = here.phone({ version });
      await phone.folderSync();
      const folder = phone.folder(9);
      const result = await phone.sync(folder, { window: 10 });
      expect(result.status).toBe(1);
      const names = valuesOf(phone, folder, "Contacts:FirstName");
      expect(names.filter((name) => name.startsWith("good")).toSorted()).toEqual(good);
      expect(phone.items(folder).size + named(here.lines).size).toBe(good.length + Object.keys(badCards).length);
      expect(surprises(here.lines)).toEqual([]);
      expect(await phone.sync(folder, { once: true })).toMatchObject({ status: 1, changes: [], more: false });
    },
  );

  it("ends a window before it grows beyond its size, and sends what is larger alone", async () => {
    const large = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [`n${index}.vcf`, card(`n${index}`, `NOTE:${"x".repeat(600_000)}\r\n`)]),
    );
    const here = await memoryWorld({
      collections: [
        calendarOf({}),
        bookOf({ ...large, "huge.vcf": card("huge", `NOTE:${"x".repeat(1_600_000)}\r\n`) }),
      ],
    });
    const phone = here.phone();
    await phone.folderSync();
    const result = await phone.sync(phone.folder(9), { window: 100, bodyPreferences: [{ type: 1 }] });
    expect(phone.items(phone.folder(9)).size).toBe(7);
    expect(result.requests).toBeGreaterThanOrEqual(7);
  });
});

describe("an item", () => {
  it("with a raw NUL in the server's XML does not keep the rest of the folder away", async () => {
    const here = await twinWorld();
    here.twin.switches.rawNul = true;
    const shelf = here.twin.shelves.get("/dav/card/anna/contacts/");
    for (const name of ["a", "b", "c"])
      shelf?.put(`/dav/card/anna/contacts/${name}.vcf`, card(name, name === "b" ? "NOTE:x\\0y\r\n" : ""));
    const phone = here.phone();
    await phone.folderSync();
    expect((await phone.sync(phone.folder(9))).status).toBe(1);
    expect(valuesOf(phone, phone.folder(9), "Contacts:FirstName").toSorted()).toEqual(["a", "b", "c"]);
  });

  it("that changes while it is read comes as it is in the end, once", async () => {
    let meddle: (() => Promise<void>) | undefined;
    const here = await memoryWorld({
      async before({ method }) {
        const now = meddle;
        if (method !== "read" || !now) return;
        meddle = undefined;
        await now();
      },
    });
    const book = await hrefOf(here.account, "VCARD");
    const written = await here.account.create(book, "x.vcf", card("before", "", "x"));
    await here.account.create(book, "y.vcf", card("y"));
    meddle = async () => void (await here.account.update(written.href, written.rev, card("after", "", "x")));
    const phone = here.phone();
    await phone.folderSync();
    const { changes } = await phone.sync(phone.folder(9));
    expect(changes).toHaveLength(2);
    const again = await phone.sync(phone.folder(9));
    expect(again.changes.every(({ kind }) => kind === "Change")).toBe(true);
    expect(valuesOf(phone, phone.folder(9), "Contacts:FirstName").toSorted()).toEqual(["after", "y"]);
    // A phone that now edits it is not told of a conflict.
    const [id = ""] =
      [...phone.items(phone.folder(9))].find(
        ([, { data }]) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") === "after",
      ) ?? [];
    expect((await phone.change(phone.folder(9), id, [element("Contacts:FirstName", "mine")])).status).toBe(1);
  });

  it("that vanishes between listing and reading is named, and the rest arrives", async () => {
    const hidden = new Set<string>();
    const here = await memoryWorld({
      seenAs: (account) => ({
        ...account,
        async *read(...asked): AsyncGenerator<Item> {
          for await (const item of account.read(...asked)) if (!hidden.has(item.href)) yield item;
        },
      }),
    });
    const book = await hrefOf(here.account, "VCARD");
    for (const name of ["a", "b", "c", "d"]) await here.account.create(book, `${name}.vcf`, card(name));
    const phone = here.phone();
    await phone.folderSync();
    hidden.add(`${book}b.vcf`).add(`${book}d.vcf`);
    for (const href of hidden) await here.account.remove(href, undefined).catch(() => undefined);
    await here.account.create(book, "b.vcf", card("b"));
    await phone.sync(phone.folder(9));
    expect(valuesOf(phone, phone.folder(9), "Contacts:FirstName").toSorted()).toEqual(["a", "c"]);
    expect(named(here.lines)).toEqual(new Set(["b.vcf"]));
  });

  it("that was no good and was mended arrives; one that was spoilt stays as it was until it is deleted", async () => {
    const whole = (uid: string) => event(uid, "20301124T100000Z");
    const cut = (uid: string) => whole(uid).slice(0, 120);
    const items = { "bad.ics": cut("bad"), "good.ics": whole("good") };
    const here = await memoryWorld({ collections: [calendarOf(items), bookOf({})] });
    const calendar = await hrefOf(here.account, "VEVENT");
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(8);
    const shown = async () => {
      expect((await phone.sync(folder)).status).toBe(1);
      return valuesOf(phone, folder, "Calendar:Subject").toSorted();
    };
    const put = async (name: string, text: string) => {
      for await (const { href, rev } of here.account.read(calendar, [`${calendar}${name}.ics`])) {
        await here.account.update(href, rev, text);
      }
    };
    expect(await shown()).toEqual(["good"]);
    await put("bad", whole("bad"));
    expect(await shown()).toEqual(["bad", "good"]);
    await put("good", cut("good"));
    expect(await shown()).toEqual(["bad", "good"]);
    await here.account.remove(`${calendar}good.ics`, undefined);
    expect(await shown()).toEqual(["bad"]);
  });

  it("that comes back under another name is told as gone and new, in this order", async () => {
    const here = await memoryWorld();
    const book = await hrefOf(here.account, "VCARD");
    await here.account.create(book, "a.vcf", card("a"));
    const phone = here.phone();
    await phone.folderSync();
    await phone.sync(phone.folder(9));
    await here.account.remove(`${book}a.vcf`, undefined);
    await here.account.create(book, "b.vcf", card("a"));
    const { changes } = await phone.sync(phone.folder(9));
    expect(changes.map(({ kind }) => kind)).toEqual(["Delete", "Add"]);
  });
});

describe("a bad upload among good ones", () => {
  const when = (start: string, end: string) => [
    element("Calendar:StartTime", start),
    element("Calendar:EndTime", end),
    element("Calendar:Subject", "x"),
  ];
  const contact = (...more: readonly ReturnType<typeof element>[]) => [element("Contacts:FirstName", "x"), ...more];
  const bad: readonly { readonly name: string; readonly type: 8 | 9; readonly data: Command & { kind: "Add" } }[] = [
    { name: "a start that is no date", type: 8, data: add(when("tomorrow", "20261124T110000Z")) },
    { name: "a month 13", type: 8, data: add(when("20261324T100000Z", "20261324T110000Z")) },
    { name: "an end before its start", type: 8, data: add(when("20261124T100000Z", "20261123T100000Z")) },
    {
      name: "a pattern of no type",
      type: 8,
      data: add([
        ...when("20261124T100000Z", "20261124T110000Z"),
        element("Calendar:Recurrence", [element("Calendar:Type", 9), element("Calendar:Interval", 1)]),
      ]),
    },
    { name: "a birthday that is no date", type: 9, data: add(contact(element("Contacts:Birthday", "yesterday"))) },
    {
      name: "a photo beyond the limit",
      type: 9,
      data: add(contact(element("Contacts:Picture", "A".repeat(pictureCharacters + 4)))),
    },
    { name: "a photo that is no base64", type: 9, data: add(contact(element("Contacts:Picture", "***"))) },
    {
      name: "children where a value belongs",
      type: 9,
      data: add([element("Contacts:FirstName", [element("Contacts:LastName", "x")])]),
    },
  ];

  function add(data: ReturnType<typeof element>[]): Command & { kind: "Add" } {
    return { kind: "Add", clientId: "bad", data };
  }

  it.each(bad)("with $name is refused with 6, and the good ones are stored", async ({ type, data }) => {
    const here = await memoryWorld();
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(type);
    const fine = type === 8 ? when("20261124T100000Z", "20261124T110000Z") : contact();
    const { status, results } = await phone.sync(folder, {
      commands: [{ kind: "Add", clientId: "1", data: fine }, data, { kind: "Add", clientId: "2", data: fine }],
    });
    expect(status).toBe(1);
    expect(results.map((result) => [result.clientId, result.status])).toEqual([
      ["1", 1],
      ["bad", 6],
      ["2", 1],
    ]);
    const { entries } = await here.account.changes(
      await hrefOf(here.account, type === 8 ? "VEVENT" : "VCARD"),
      undefined,
    );
    expect(entries).toHaveLength(2);
    expect(surprises(here.lines)).toEqual([]);
    expect(
      here.lines.some(({ level, fields }) => level === "warn" && fields.item === "bad" && fields.status === 6),
    ).toBe(true);
  });
});
