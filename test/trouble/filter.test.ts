import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { childText, element } from "../../src/wire/element.ts";
import { event, hrefOf, type MemoryWorld, memoryWorld } from "./world.ts";

const today = Date.UTC(2026, 10, 24, 12);
const dayMilliseconds = 86_400_000;

interface Timed extends MemoryWorld {
  later(days: number): void;
}

async function world(items: Readonly<Record<string, string>>): Promise<Timed> {
  let time = today;
  const files = Object.fromEntries(Object.entries(items).map(([name, text]) => [`${name}.ics`, text]));
  const here = await memoryWorld({
    collections: [{ path: "calendar", name: "Calendar", components: ["VEVENT"], items: files }],
    parts: { now: () => time },
  });
  return {
    ...here,
    later(days) {
      time += days * dayMilliseconds;
    },
  };
}

async function phoneOf(here: Timed, filterType: number): Promise<Device> {
  const phone = here.phone();
  await phone.folderSync();
  await phone.sync(phone.folder(8), { filterType });
  return phone;
}

function subjects(phone: Device): string[] {
  const items = [...phone.items(phone.folder(8)).values()];
  return items
    .map(({ data }) => childText(element("AirSync:ApplicationData", data), "Calendar:Subject") ?? "")
    .toSorted();
}

/** Ten in the morning, so many days from today. */
function start(days: number): string {
  return `${new Date(today + days * dayMilliseconds).toISOString().slice(0, 10).replaceAll("-", "")}T100000Z`;
}

const series = (uid: string, from: number, rule: string, more = "") =>
  event(uid, start(from), `RRULE:${rule}\r\n${more}`);
const moved = (uid: string, from: number, to: number) =>
  `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20200101T000000Z\r\nRECURRENCE-ID:${start(from)}\r\nDTSTART:${start(to)}\r\nDTEND:${start(to)}\r\nSUMMARY:${uid}\r\nEND:VEVENT\r\n`;
const withOverride = (text: string, override: string) => text.replace("END:VCALENDAR", `${override}END:VCALENDAR`);

it("events of a wider filter come though the answer to it was lost, and the next request asks otherwise", async () => {
  const phone = await phoneOf(await world({ old: event("old", start(-20)), future: event("future", start(3)) }), 4);
  const calendar = phone.folder(8);
  await phone.sync(calendar);
  expect(subjects(phone)).toEqual(["future"]);
  phone.dropNext();
  await expect(phone.sync(calendar, { filterType: 5, window: 5 })).rejects.toThrow();
  await phone.sync(calendar, { filterType: 5 });
  expect(subjects(phone)).toEqual(["future", "old"]);
});

describe("a calendar's filter", () => {
  const all = {
    future: event("future", start(400)),
    "series-endless": series("series-endless", -900, "FREQ=WEEKLY"),
    "series-running": series("series-running", -900, "FREQ=DAILY;COUNT=1000"),
    "series-ended-10": series("series-ended-10", -30, "FREQ=DAILY;COUNT=21"),
    "series-ended-400": series("series-ended-400", -500, "FREQ=DAILY;COUNT=101"),
    "series-until-20": series("series-until-20", -300, `FREQ=DAILY;UNTIL=${start(-20)}`),
    "series-moved": withOverride(series("series-moved", -500, "FREQ=DAILY;COUNT=5"), moved("series-moved", -498, -2)),
    "series-cut": series("series-cut", -12, "FREQ=DAILY;COUNT=3", `EXDATE:${start(-10)}\r\nEXDATE:${start(-11)}\r\n`),
    "ended-1": event("ended-1", start(-1)),
    "ended-5": event("ended-5", start(-5)),
    "ended-10": event("ended-10", start(-10)),
    "ended-20": event("ended-20", start(-20)),
    "ended-80": event("ended-80", start(-80)),
    "ended-180": event("ended-180", start(-180)),
    "ended-400": event("ended-400", start(-400)),
  };
  const always = ["future", "series-endless", "series-running"];
  const windows: readonly (readonly [filter: number, inside: readonly string[]])[] = [
    [0, Object.keys(all)],
    [4, [...always, "series-ended-10", "series-moved", "series-cut", "ended-1", "ended-5", "ended-10"]],
    [
      5,
      [
        ...always,
        "series-ended-10",
        "series-until-20",
        "series-moved",
        "series-cut",
        "ended-1",
        "ended-5",
        "ended-10",
        "ended-20",
      ],
    ],
    [6, Object.keys(all).filter((name) => !/-(400|180)$/.test(name))],
    [7, Object.keys(all).filter((name) => !name.endsWith("-400"))],
  ];

  it.each(windows)("%i shows what lies in its window, what is to come and what has no end", async (filter, inside) => {
    const here = await world(all);
    expect(subjects(await phoneOf(here, filter))).toEqual([...inside].toSorted());
  });

  it("widened adds what it lets in, and narrowed soft-deletes what it shuts out, on the phone alone", async () => {
    const here = await world(all);
    const phone = await phoneOf(here, 4);
    const folder = phone.folder(8);
    const wider = await phone.sync(folder, { filterType: 6 });
    expect(new Set(wider.changes.map(({ kind }) => kind))).toEqual(new Set(["Add"]));
    expect(subjects(phone)).toEqual(
      Object.keys(all)
        .filter((name) => !/-(400|180)$/.test(name))
        .toSorted(),
    );
    const narrower = await phone.sync(folder, { filterType: 4 });
    expect(new Set(narrower.changes.map(({ kind }) => kind))).toEqual(new Set(["SoftDelete"]));
    expect(subjects(phone)).toHaveLength(9);
    await phone.sync(folder, { filterType: 0 });
    expect(subjects(phone)).toEqual(Object.keys(all).toSorted());
    const { entries } = await here.account.changes(await hrefOf(here.account, "VEVENT"), undefined);
    expect(entries).toHaveLength(Object.keys(all).length);
    expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
  });

  it("widened in windows of two, with an answer lost, adds each item once", async () => {
    const here = await world(all);
    const phone = await phoneOf(here, 4);
    const folder = phone.folder(8);
    phone.dropNext();
    await expect(phone.sync(folder, { filterType: 0, window: 2, once: true })).rejects.toThrow("thrown away");
    await phone.repeat();
    await phone.sync(folder, { window: 2 });
    expect(subjects(phone)).toEqual(Object.keys(all).toSorted());
  });

  it("soft-deletes within a day what time takes out of it", async () => {
    const here = await world({ "ended-10": event("ended-10", start(-10)), future: event("future", start(400)) });
    const phone = await phoneOf(here, 4);
    const folder = phone.folder(8);
    here.later(3);
    expect((await phone.sync(folder)).changes).toEqual([]);
    // Out of the window a day and a bit ago.
    here.later(2.2);
    const { changes } = await phone.sync(folder);
    expect(changes.map(({ kind }) => kind)).toEqual(["SoftDelete"]);
    expect(subjects(phone)).toEqual(["future"]);
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("keeps silent about changes outside of it, and shows what a change brings in", async () => {
    const here = await world({ old: event("old", start(-400)), here: event("here", start(3)) });
    const phone = await phoneOf(here, 4);
    const folder = phone.folder(8);
    const calendar = await hrefOf(here.account, "VEVENT");
    const key = phone.key(folder);
    const rev = async (name: string) => {
      for await (const item of here.account.read(calendar, [`${calendar}${name}.ics`])) return item.rev;
      throw new Error(`no ${name}`);
    };
    await here.account.update(`${calendar}old.ics`, await rev("old"), event("old", start(-399)));
    await here.account.create(calendar, "older.ics", event("older", start(-500)));
    expect(await phone.sync(folder, { once: true })).toMatchObject({ empty: true });
    expect(phone.key(folder)).toBe(key);
    // Moved in, and moved out.
    await here.account.update(`${calendar}old.ics`, await rev("old"), event("old", start(1)));
    await here.account.update(`${calendar}here.ics`, await rev("here"), event("here", start(-100)));
    const { changes } = await phone.sync(folder);
    expect(changes.map(({ kind }) => kind).toSorted()).toEqual(["Add", "SoftDelete"]);
    expect(subjects(phone)).toEqual(["old"]);
    // What is outside may go without a word.
    await here.account.remove(`${calendar}older.ics`, undefined);
    expect(await phone.sync(folder, { once: true })).toMatchObject({ empty: true });
  });

  it("takes an event of the phone's that lies outside, and does not take it away at once", async () => {
    const here = await world({});
    const phone = await phoneOf(here, 4);
    const folder = phone.folder(8);
    const data = [
      element("Calendar:StartTime", start(-100)),
      element("Calendar:EndTime", start(-100)),
      element("Calendar:Subject", "past"),
    ];
    const { status } = await phone.add(folder, data);
    expect(status).toBe(1);
    const after = await phone.sync(folder);
    expect(after.changes.every(({ kind }) => kind === "SoftDelete")).toBe(true);
    const { entries } = await here.account.changes(await hrefOf(here.account, "VEVENT"), undefined);
    expect(entries).toHaveLength(1);
  });

  it("counts for GetItemEstimate too", async () => {
    const here = await world(all);
    const phone = await phoneOf(here, 4);
    expect(await phone.getItemEstimate(phone.folder(8))).toMatchObject({ status: 1, count: 0 });
  });
});

it("an event that a phone edits in the request that takes it out of the filter comes back as it was edited", async () => {
  const here = await world({ old: event("old", start(-13)) });
  const phone = await phoneOf(here, 4);
  const folder = phone.folder(8);
  const [id = ""] = [...phone.items(folder).keys()];
  here.later(2);
  const data = [
    element("Calendar:StartTime", start(-13)),
    element("Calendar:EndTime", start(-13).replace("T10", "T11")),
    element("Calendar:Subject", "old"),
    element("Calendar:Location", "There"),
  ];
  const { changes } = await phone.sync(folder, { filterType: 4, commands: [{ kind: "Change", serverId: id, data }] });
  expect(changes.map(({ kind }) => kind)).toEqual(["SoftDelete"]);
  await phone.sync(folder, { filterType: 0 });
  expect(JSON.stringify(phone.items(folder).get(id))).toContain("There");
});
