/** Tasks on a phone, end to end: what is shown, what a filter takes away, and collections that hold events too. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import { versions } from "../../src/schema/versions.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { childText, element } from "../../src/wire/element.ts";
import { event, type MemoryWorld, memoryWorld } from "../trouble/world.ts";

const task = (uid: string, more = "") =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VTODO\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:${uid}\r\n${more}END:VTODO\r\nEND:VCALENDAR\r\n`;
const done = "STATUS:COMPLETED\r\nCOMPLETED:20260105T100000Z\r\nPERCENT-COMPLETE:100\r\n";

const mixed = {
  path: "calendar",
  name: "Home",
  components: ["VEVENT", "VTODO"],
  items: { "open.ics": task("open"), "done.ics": task("done", done), "event.ics": event("event", "20301124T100000Z") },
} as const;

async function world(): Promise<MemoryWorld> {
  return memoryWorld({ collections: [mixed] });
}

function subjects(phone: Device, type: number): string[] {
  const tag = type === 7 ? "Tasks:Subject" : "Calendar:Subject";
  const items = [...phone.items(phone.folder(type)).values()];
  return items.map(({ data }) => childText(element("AirSync:ApplicationData", data), tag) ?? "").toSorted();
}

/** A phone with its tasks. */
async function phoneOf(here: MemoryWorld, filterType = 0): Promise<Device> {
  const phone = here.phone();
  await phone.folderSync();
  await phone.sync(phone.folder(7), { filterType });
  return phone;
}

function idOf(phone: Device, subject: string): string {
  for (const [id, { data }] of phone.items(phone.folder(7))) {
    if (data.some(({ name, content }) => name === "Tasks:Subject" && content === subject)) return id;
  }
  throw new Error(`no task ${subject}`);
}

async function stored(account: Account, name: string) {
  const href = (await account.collections())[0]?.href ?? "";
  for await (const item of account.read(href, [`${href}${name}.ics`])) return item;
  throw new Error(`no ${name}`);
}

describe("a collection of events and tasks", () => {
  it.each(versions)("is two folders, and each shows its own, in %s", async (version) => {
    const here = await world();
    const phone = here.phone({ version });
    await phone.folderSync();
    expect([phone.folder(8).name, phone.folder(7).name]).toEqual(["Home", "Home (Tasks)"]);
    for (const type of [7, 8]) await phone.sync(phone.folder(type));
    expect(subjects(phone, 7)).toEqual(["done", "open"]);
    expect(subjects(phone, 8)).toEqual(["event"]);
  });

  it("takes a new task as that, which no calendar shows, and a new event the other way round", async () => {
    const here = await world();
    const phone = await phoneOf(here);
    await phone.sync(phone.folder(8));
    const added = await phone.add(phone.folder(7), [element("Tasks:Subject", "new"), element("Tasks:Complete", "0")]);
    expect(added.status).toBe(1);
    await phone.add(phone.folder(8), [
      element("Calendar:Subject", "party"),
      element("Calendar:StartTime", "20301124T100000Z"),
      element("Calendar:EndTime", "20301124T110000Z"),
    ]);
    for (const type of [7, 8]) expect((await phone.sync(phone.folder(type))).changes).toEqual([]);
    const other = await phoneOf(here);
    await other.sync(other.folder(8));
    expect(subjects(other, 7)).toEqual(["done", "new", "open"]);
    expect(subjects(other, 8)).toEqual(["event", "party"]);
  });
});

describe("the filter for tasks", () => {
  it("8 shows what is to be done, and 0 everything", async () => {
    const here = await world();
    const phone = await phoneOf(here, 8);
    expect(subjects(phone, 7)).toEqual(["open"]);
    const folder = phone.folder(7);
    const wider = await phone.sync(folder, { filterType: 0 });
    expect(wider.changes.map(({ kind }) => kind)).toEqual(["Add"]);
    expect(subjects(phone, 7)).toEqual(["done", "open"]);
    const narrower = await phone.sync(folder, { filterType: 8 });
    expect(narrower.changes.map(({ kind }) => kind)).toEqual(["SoftDelete"]);
    expect(subjects(phone, 7)).toEqual(["open"]);
  });

  it("takes a task that the phone completes away at once, with a SoftDelete, and never from the server", async () => {
    const here = await world();
    const phone = await phoneOf(here, 8);
    const folder = phone.folder(7);
    const edited = await phone.change(folder, idOf(phone, "open"), [
      element("Tasks:Subject", "open"),
      element("Tasks:Complete", "1"),
      element("Tasks:DateCompleted", "2026-03-01T10:00:00.000Z"),
    ]);
    expect(edited.status).toBe(1);
    const changes = [...edited.sync.changes, ...(await phone.sync(folder)).changes];
    expect(changes.map(({ kind }) => kind)).toEqual(["SoftDelete"]);
    expect(subjects(phone, 7)).toEqual([]);
    expect((await stored(here.account, "open")).text).toContain("\r\nSTATUS:COMPLETED\r\n");
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("takes it away too when the answer was lost with the process, and the phone asked again", async () => {
    let dies = false;
    const fault = (at: FaultPoint) => {
      if (!dies || at !== "before-commit") return;
      dies = false;
      throw new Error("the process died here");
    };
    const here = await memoryWorld({ collections: [mixed], parts: { fault } });
    const phone = await phoneOf(here, 8);
    const folder = phone.folder(7);
    const finished = [
      element("Tasks:Subject", "open"),
      element("Tasks:Complete", "1"),
      element("Tasks:DateCompleted", "2026-03-01T10:00:00.000Z"),
    ];
    dies = true;
    await phone.change(folder, idOf(phone, "open"), finished, { once: true });
    expect((await stored(here.account, "open")).text).toContain("\r\nSTATUS:COMPLETED\r\n");
    const edited = await phone.change(folder, idOf(phone, "open"), finished);
    expect(edited.status).toBe(1);
    await phone.sync(folder);
    expect(subjects(phone, 7)).toEqual([]);
  });

  it("soft-deletes what is completed elsewhere, and brings it back when it is reopened", async () => {
    const here = await world();
    const phone = await phoneOf(here, 8);
    const folder = phone.folder(7);
    const id = idOf(phone, "open");
    const before = await stored(here.account, "open");
    await here.account.update(before.href, before.rev, task("open", done));
    expect((await phone.sync(folder)).changes).toMatchObject([{ kind: "SoftDelete", serverId: id }]);
    const after = await stored(here.account, "open");
    await here.account.update(after.href, after.rev, task("open", "STATUS:NEEDS-ACTION\r\n"));
    expect((await phone.sync(folder)).changes).toMatchObject([{ kind: "Add", serverId: id }]);
    expect(subjects(phone, 7)).toEqual(["open"]);
  });

  it("keeps a completed task on a phone that asks for all", async () => {
    const here = await world();
    const phone = await phoneOf(here);
    const folder = phone.folder(7);
    const data = phone.items(folder).get(idOf(phone, "open"))?.data ?? [];
    const finished = data.map((one) => (one.name === "Tasks:Complete" ? element("Tasks:Complete", "1") : one));
    const edited = await phone.change(folder, idOf(phone, "open"), finished);
    expect([...edited.sync.changes, ...(await phone.sync(folder)).changes]).toEqual([]);
    expect(subjects(phone, 7)).toEqual(["done", "open"]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("%i is Status 4, and the next Sync goes on", async (filterType) => {
    const here = await world();
    const phone = await phoneOf(here);
    const folder = phone.folder(7);
    expect((await phone.sync(folder, { filterType, once: true })).status).toBe(4);
    expect((await phone.sync(folder, { filterType: 8, once: true })).status).toBe(1);
  });
});

it("what a phone says of a task and is not stored comes back to it as it is", async () => {
  const timed = task("timed", "DUE;TZID=Europe/Berlin:20260310T170000\r\n");
  const here = await memoryWorld({
    collections: [{ ...mixed, items: { "timed.ics": timed } }],
    settings: { zone: "Europe/Berlin" },
  });
  const phone = await phoneOf(here);
  const folder = phone.folder(7);
  const edited = await phone.change(folder, idOf(phone, "timed"), [
    element("Tasks:Subject", "timed"),
    element("Tasks:UtcDueDate", "2026-03-11T23:00:00.000Z"),
    element("Tasks:DueDate", "2026-03-12T00:00:00.000Z"),
    element("Tasks:Complete", "0"),
  ]);
  expect(edited.status).toBe(1);
  expect((await stored(here.account, "timed")).text).toContain("DUE;TZID=Europe/Berlin:20260312T170000\r\n");
  const changes = [...edited.sync.changes, ...(await phone.sync(folder)).changes];
  expect(changes.map(({ kind }) => kind)).toEqual(["Change"]);
  const [item] = phone.items(folder).values();
  expect(item?.data).toContainEqual(element("Tasks:DueDate", "2026-03-12T17:00:00.000Z"));
});
