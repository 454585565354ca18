/** EmptyFolderContents, and conversations moved: the operations of ItemOperations that change mailboxes. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { BackendError } from "../../src/errors.ts";
import { children, type Element, element, text } from "../../src/wire/element.ts";
import { surprises } from "../trouble/world.ts";
import { mailOf, subjectsIn, subjectsOn, type TwinWorldOptions, twinWorld } from "./twin-world.ts";

async function operate(phone: Device, operation: Element): Promise<readonly Element[]> {
  const { body } = await phone.send("ItemOperations", element("ItemOperations:ItemOperations", [operation]));
  const response = body && children(body).find(({ name }) => name === "ItemOperations:Response");
  return response ? children(children(response)[0] ?? response) : [];
}

const statusIn = (answer: readonly Element[]): number =>
  Number(answer.find(({ name }) => name === "ItemOperations:Status")?.content);

const empty = async (phone: Device, id: string, inner = false) =>
  statusIn(
    await operate(
      phone,
      element("ItemOperations:EmptyFolderContents", [
        element("AirSync:CollectionId", id),
        inner ? element("ItemOperations:Options", [element("ItemOperations:DeleteSubFolders")]) : undefined,
      ]),
    ),
  );

async function begin(options: TwinWorldOptions = {}, version: "12.1" | "14.1" | "16.1" = "14.1") {
  const world = await twinWorld(options);
  await world.other.createMailbox("Plans", undefined);
  await world.other.createMailbox("Old", "Trash");
  for (const box of ["INBOX", "Trash", "Plans", "Trash/Old"])
    for (const number of [1, 2]) await world.other.append(box, mailOf(`${box} ${number}`), []);
  const phone = await world.phone(version);
  for (const folder of [4, "Plans"]) await phone.sync(phone.folder(folder));
  world.calls();
  return { ...world, phone };
}

describe.each(["12.1", "14.1", "16.1"] as const)("EmptyFolderContents in %s", (version) => {
  it("empties the trash for good, by one question, and the next Sync tells of it", async () => {
    const { phone, other, calls, lines } = await begin({}, version);
    expect(await empty(phone, phone.folder(4).id)).toBe(1);
    expect(calls().filter((call) => call !== "mailboxes")).toEqual(["empty"]);
    expect(await subjectsIn(other, "Trash")).toEqual([]);
    expect(await subjectsIn(other, "Trash/Old")).toHaveLength(2);
    expect((await phone.sync(phone.folder(4))).changes.map(({ kind }) => kind)).toEqual(["Delete", "Delete"]);
    expect(await empty(phone, phone.folder(4).id)).toBe(1);
    expect(surprises(lines)).toEqual([]);
  });
});

it("the folders in it go where that is asked for", async () => {
  const { phone, other } = await begin();
  expect(await empty(phone, phone.folder(4).id, true)).toBe(1);
  expect((await other.mailboxes()).map(({ path }) => path)).not.toContain("Trash/Old");
  expect((await phone.folderSync()).deleted).toHaveLength(1);
});

it("a folder that is not in the trash is emptied into it", async () => {
  const { phone, other } = await begin();
  await other.createMailbox("Deep", "Plans");
  expect(await empty(phone, phone.folder("Plans").id)).toBe(1);
  expect(await subjectsIn(other, "Plans")).toEqual([]);
  expect(await subjectsIn(other, "Trash")).toEqual(["Plans 1", "Plans 2", "Trash 1", "Trash 2"]);
  expect(await empty(phone, phone.folder("Plans").id, true)).toBe(1);
  expect((await other.mailboxes()).map(({ path }) => path)).toContain("Trash/Deep");
  await other.append("Junk", mailOf("spam"), []);
  expect(await empty(phone, phone.folder("Junk").id)).toBe(1);
  expect([await subjectsIn(other, "Junk"), await subjectsIn(other, "Trash")].flat()).not.toContain("spam");
});

it("special folders stay, though they lie in one that is emptied", async () => {
  const { phone, other } = await begin({
    seenAs: (account) => ({
      ...account,
      mailboxes: async (signal) =>
        (await account.mailboxes(signal)).map((one) => (one.path === "Sent" ? { ...one, parent: "INBOX" } : one)),
    }),
  });
  expect(await empty(phone, phone.folder(2).id, true)).toBe(17);
  expect((await other.mailboxes()).map(({ path }) => path)).toContain("Sent");
});

it.each([
  ["refused", 16],
  ["gone", 6],
  ["busy", 3],
] as const)("a server that says %s is Status %i", async (kind, status) => {
  const { phone } = await begin({
    before({ method }) {
      if (method === "empty") throw new BackendError(kind, "no");
    },
  });
  expect(await empty(phone, phone.folder(4).id)).toBe(status);
});

it("what is none, and what is no mail, is not emptied", async () => {
  const { phone } = await begin();
  expect(await empty(phone, "nowhere")).toBe(6);
  expect(await empty(phone, phone.folder(8).id)).toBe(16);
  expect(await empty(phone, phone.folder(6).id)).toBe(16);
});

describe("a conversation", () => {
  const answerTo = (subject: string, root: string) =>
    Buffer.from(
      mailOf(subject)
        .toString()
        .replace("\r\n\r\n", `\r\nReferences: <${root}@example.org> <x@y>\r\nIn-Reply-To: <x@y>\r\n\r\n`),
    );
  const move = async (phone: Device, id: Buffer | undefined, folder: string, always = true) =>
    statusIn(
      await operate(
        phone,
        element("ItemOperations:Move", [
          element("ItemOperations:ConversationId", id ?? Buffer.alloc(16)),
          element("ItemOperations:DstFldId", folder),
          always ? element("ItemOperations:Options", [element("ItemOperations:MoveAlways")]) : undefined,
        ]),
      ),
    );

  async function talk() {
    const world = await twinWorld();
    for (const [box, message] of [
      ["INBOX", mailOf("first")],
      ["INBOX", mailOf("other")],
      ["INBOX", answerTo("Re: first", "first")],
      ["Archive", answerTo("Re: Re: first", "first")],
      ["Sent", answerTo("mine", "first")],
    ] as const)
      await world.other.append(box, message, []);
    const phone = await world.phone();
    await world.other.createMailbox("Project", undefined);
    await phone.folderSync();
    for (const folder of [2, 5, "Archive", "Project"]) await phone.sync(phone.folder(folder));
    const [item] = [...phone.items(phone.folder(2)).values()].filter(({ data }) =>
      data.some((field) => field.name === "Email:Subject" && text(field) === "first"),
    );
    const id = item?.data.find(({ name }) => name === "Email2:ConversationId")?.content;
    world.calls();
    return { ...world, phone, id: Buffer.isBuffer(id) ? id : undefined, project: phone.folder("Project") };
  }

  it("is moved with all that is there, but for what the user sent", async () => {
    const { phone, other, id, project, calls } = await talk();
    expect(await move(phone, id, project.id)).toBe(1);
    expect(await subjectsIn(other, "Project")).toEqual(["Re: Re: first", "Re: first", "first"]);
    expect(await subjectsIn(other, "INBOX")).toEqual(["other"]);
    expect(await subjectsIn(other, "Sent")).toEqual(["mine"]);
    expect(calls().length).toBeLessThanOrEqual(14);
    await phone.sync(project);
    expect(subjectsOn(phone, "Project")).toHaveLength(3);
    // Again: it is there.
    expect(await move(phone, id, project.id)).toBe(1);
  });

  it("has the statuses of the specification", async () => {
    const { phone, id, project } = await talk();
    expect(await move(phone, id, project.id, false)).toBe(155);
    expect(await move(phone, Buffer.alloc(16, 1), project.id)).toBe(6);
    expect(await move(phone, id, "nowhere")).toBe(6);
    expect(await move(phone, id, phone.folder(8).id)).toBe(156);
    expect(await move(phone, id, phone.folder(3).id)).toBe(156);
    expect(await move(phone, id, phone.folder(6).id)).toBe(156);
  });
});
