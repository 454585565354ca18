/** A calendar that may hold tasks and notes too is a folder of each class, and each has its own. */
import { expect, it } from "vitest";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { event, memoryWorld, surprises, twinWorld } from "../trouble/world.ts";

const todo = (uid: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VTODO\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:${uid}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n`;

const events = Object.fromEntries(
  Array.from({ length: 60 }, (_, at) => [`e${at}.ics`, event(`e${at}`, "20261124T100000Z")] as const),
);

async function ready(now: () => number = Date.now) {
  const world = await memoryWorld({
    parts: { now },
    collections: [
      {
        path: "all",
        name: "All",
        components: ["VEVENT", "VTODO", "VJOURNAL"],
        items: { ...events, "t1.ics": todo("t1"), "t2.ics": todo("t2") },
      },
    ],
  });
  const phone = world.phone();
  await phone.folderSync();
  return { world, phone, tasks: phone.folder("Tasks"), calendar: phone.folder("Calendar") };
}

it("the first Sync of the tasks looks at no event, and later changes of events are no news to it", async () => {
  const { world, phone, tasks, calendar } = await ready();
  await phone.sync(tasks, { once: true });
  expect((await phone.getItemEstimate(tasks)).count).toBe(2);
  expect((await phone.sync(tasks)).changes.map(({ kind }) => kind)).toEqual(["Add", "Add"]);
  expect((await phone.sync(calendar)).changes).toHaveLength(60);
  await world.account.create("/anna/all/", "e60.ics", event("e60", "20261124T100000Z"));
  await world.account.create("/anna/all/", "t3.ics", todo("t3"));
  expect((await phone.sync(tasks)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  expect((await phone.sync(calendar)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  expect(surprises(world.lines)).toEqual([]);
});

it("a full comparison of the tasks takes no event for gone, and no brake for it", async () => {
  let ahead = 0;
  const { world, phone, tasks } = await ready(() => Date.now() + ahead);
  await phone.sync(tasks);
  // What came by a delta was looked at, and is remembered as no task.
  for (const [name, text] of Object.entries(events)) {
    const href = `/anna/all/${name}`;
    const { entries } = await world.account.changes("/anna/all/", undefined);
    const rev = entries.find((entry) => entry.href === href)?.rev ?? "";
    await world.account.update(href, rev, text.replace("SUMMARY:", "SUMMARY:New "));
  }
  expect((await phone.sync(tasks)).changes).toEqual([]);
  await world.account.remove("/anna/all/t2.ics", undefined);
  ahead = 8 * 86_400_000;
  expect((await phone.sync(tasks)).changes.map(({ kind }) => kind)).toEqual(["Delete"]);
  expect(world.lines.filter(({ fields }) => fields["brake"] !== undefined)).toEqual([]);
});

it("a server that cannot be asked what holds tasks is read whole", async () => {
  const world = await twinWorld({ twin: { switches: { anyComponent: true } } });
  const backend = createDavBackend({ url: world.twin.url });
  const account = await backend.login({ user: "anna", password: new Secret("geheim") });
  const { href } = await account.createCollection({ component: "VTODO", name: "all", displayName: "All" });
  await account.create(href, "e.ics", event("e", "20261124T100000Z"));
  await account.create(href, "t.ics", todo("t"));
  await backend.close();
  world.twin.switches.trouble = ({ report }) => (report === "calendar-query" ? { status: 501 } : undefined);
  const phone = world.phone();
  await phone.folderSync();
  expect((await phone.sync(phone.folder("Tasks"))).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  expect(world.twin.seen.some(({ report }) => report === "calendar-query")).toBe(true);
  expect(surprises(world.lines)).toEqual([]);
});
