/** A phone that edits a text of which it has the beginning only: the text stays whole, and the phone is told. */
import { expect, it } from "vitest";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { card, event, memoryWorld } from "../trouble/world.ts";

const note = "Rings at noon, and never on Mondays: the dog.";

const collections = [
  {
    path: "people",
    name: "People",
    components: ["VCARD"] as const,
    items: { "ann.vcf": card("Ann", `NOTE:${note.replace(",", "\\,")}\r\n`) },
  },
  {
    path: "cal",
    name: "Calendar",
    components: ["VEVENT"] as const,
    items: { "one.ics": event("one", "20991124T100000Z", `DESCRIPTION:${note.replace(",", "\\,")}\r\n`) },
  },
];

function bodyOf(data: readonly Element[]): string | undefined {
  const found = data.find(({ name }) => name === "AirSyncBase:Body");
  return found && childText(found, "AirSyncBase:Data");
}

function withBody(data: readonly Element[], text: string): readonly Element[] {
  const body = element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", text)]);
  return data.map((of) => (of.name === "AirSyncBase:Body" ? body : of));
}

it.each([
  [9, 12, "14.1"],
  [9, 0, "14.1"],
  [8, 12, "14.1"],
  [8, 12, "16.1"],
] as const)("in folder %s, cut to %s octets, at %s", async (type, truncationSize, version) => {
  const { account, phone: newPhone } = await memoryWorld({ collections });
  const phone = newPhone({ version });
  await phone.folderSync();
  const folder = phone.folder(type);
  await phone.sync(folder, { bodyPreferences: [{ type: 1, truncationSize }] });
  const [[id, { data }] = ["", { data: [] }]] = phone.items(folder);
  const cut = bodyOf(data) ?? "";
  expect(cut).toBe(note.slice(0, truncationSize));
  const text = async () => {
    const href = type === 9 ? "/anna/people/" : "/anna/cal/";
    const hrefs = (await account.changes(href, undefined)).entries.map((entry) => entry.href);
    let found = "";
    for await (const item of account.read(href, hrefs)) found = item.text;
    return found;
  };
  const before = await text();

  const echo = await phone.change(folder, id, withBody(data, cut), { getChanges: true });
  expect([echo.status, echo.sync.changes]).toEqual([1, []]);
  const edit = await phone.change(folder, id, withBody(data, `${cut} Not at all.`), { getChanges: true });
  expect(edit.status).toBe(1);
  expect(await text()).toBe(before);
  const told = [...edit.sync.changes, ...(await phone.sync(folder)).changes];
  expect(told.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Change", id]]);
  expect(bodyOf(phone.items(folder).get(id)?.data ?? []) ?? "").toBe(cut);
  // With another field changed too, that one is taken.
  const name = type === 9 ? "Contacts:JobTitle" : "Calendar:Subject";
  const both = [...withBody(data, `${cut} Not at all.`).filter((of) => of.name !== name), element(name, "Cook")];
  const second = await phone.change(folder, id, both, { getChanges: true });
  expect(second.status).toBe(1);
  expect(await text()).toContain("Cook");
  expect(await text()).toContain("the dog.");
  expect([...second.sync.changes, ...(await phone.sync(folder)).changes].map(({ kind }) => kind)).toEqual(["Change"]);
  // A text that begins otherwise is an edit, and so is one that goes on from the whole.
  await phone.change(folder, id, withBody(data, "The cat."));
  expect(await text()).toMatch(truncationSize === 0 ? /the dog\./ : /:The cat\.\r\n/);
});
