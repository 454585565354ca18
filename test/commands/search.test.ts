/** Search of the mailbox, by phones of each family of versions, over mail in memory. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { BackendError } from "../../src/errors.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { all, fetchRequest, type SearchWorld, said, startSearchWorld } from "./search-world.ts";

let world: SearchWorld;
beforeEach(async () => {
  world = await startSearchWorld();
});
afterEach(() => world.end());

interface Asked {
  readonly freeText?: string;
  readonly classes?: readonly string[];
  readonly folders?: readonly string[];
  readonly after?: string;
  readonly before?: string;
  readonly range?: string;
  readonly deep?: boolean;
  readonly rebuild?: boolean;
  readonly options?: readonly Element[];
}

function comparison(name: "Search:GreaterThan" | "Search:LessThan", value: string | undefined) {
  return value === undefined ? [] : [element(name, [element("Email:DateReceived"), element("Search:Value", value)])];
}

function requestOf(asked: Asked): Element {
  const { freeText, classes = ["Email"], folders = [], range, options = [] } = asked;
  return storeRequest("Mailbox", [
    element("Search:Query", [
      element("Search:And", [
        ...classes.map((name) => element("AirSync:Class", name)),
        ...folders.map((id) => element("AirSync:CollectionId", id)),
        ...(freeText === undefined ? [] : [element("Search:FreeText", freeText)]),
        ...comparison("Search:GreaterThan", asked.after),
        ...comparison("Search:LessThan", asked.before),
      ]),
    ]),
    element("Search:Options", [
      ...(asked.rebuild ? [element("Search:RebuildResults")] : []),
      ...(asked.deep ? [element("Search:DeepTraversal")] : []),
      ...(range === undefined ? [] : [element("Search:Range", range)]),
      ...options,
    ]),
  ]);
}

function storeRequest(name: string, parts: readonly Element[]): Element {
  return element("Search:Search", [element("Search:Store", [element("Search:Name", name), ...parts])]);
}

interface Answer {
  /** Of the store. */
  readonly status: string | undefined;
  readonly subjects: readonly (string | undefined)[];
  readonly range: string | undefined;
  readonly total: string | undefined;
  readonly results: readonly Element[];
}

async function ask(device: Device, request: Element): Promise<Answer> {
  const { body } = await device.send("Search", request);
  expect(said(body, "Search:Status")).toBe("1");
  const [store] = all(body, "Search:Store");
  const results = all(store, "Search:Result");
  return {
    status: said(store, "Search:Status"),
    subjects: results
      .filter((one) => all(one, "Search:Properties").length > 0)
      .map((one) => said(one, "Email:Subject")),
    range: said(store, "Search:Range"),
    total: said(store, "Search:Total"),
    results,
  };
}

describe.each(["12.0", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("finds mail that the phone does not hold, newest first, in all mailboxes but the trash and junk", async () => {
    await world.store("INBOX", "Rechnung März", { body: "Grüße aus Köln" });
    await world.store("Archive", "Alt", { body: "Die Rechnung." });
    await world.store("Sent", "Re: rechnung");
    for (const mailbox of ["Trash", "Junk"]) await world.store(mailbox, "Rechnung, weg");
    await world.store("INBOX", "Etwas anderes");
    const device = await world.phone(version);
    world.calls();
    const found = await ask(device, requestOf({ freeText: "rechnung" }));
    expect(found).toMatchObject({ status: "1", range: "0-2", total: "3" });
    expect(found.subjects).toEqual(["Re: rechnung", "Alt", "Rechnung März"]);
    const calls = world.calls();
    expect(calls.filter((call) => call.startsWith("search")).toSorted()).toEqual(
      ["Archive", "Drafts", "INBOX", "Sent"].map((name) => `search ${name}`),
    );
    expect(calls.filter((call) => /^heads|^texts/.test(call)).toSorted()).toEqual(
      ["heads", "texts"].flatMap((method) => ["Archive", "INBOX", "Sent"].map((name) => `${method} ${name}`)),
    );
    const [first] = found.results;
    expect(said(first, "AirSync:Class")).toBe("Email");
    expect(said(first, "AirSync:CollectionId")).toBe(device.folder(5).id);
    expect(said(first, "Email:From")).toContain("rosa@example.org");
    const trash = await ask(device, requestOf({ freeText: "rechnung", folders: [device.folder(4).id] }));
    expect(trash.subjects).toEqual(["Rechnung, weg"]);
  });

  it("a hit is opened by its LongId, with its files, and is the message that a Sync tells of", async () => {
    const head = ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'];
    const part = ["--b", "Content-Type: text/plain", "", "A long text.", "--b", "Content-Type: application/x-ten"];
    const body = [...part, 'Content-Disposition: attachment; filename="ten.bin"', "", "0123456789", "--b--"].join(
      "\r\n",
    );
    await world.store("INBOX", "with a file", { headers: head, body });
    const device = await world.phone(version);
    const preference = element("AirSyncBase:BodyPreference", [
      element("AirSyncBase:Type", "1"),
      element("AirSyncBase:TruncationSize", "6"),
    ]);
    const { results } = await ask(device, requestOf({ freeText: "file", options: [preference] }));
    const longId = said(results[0], "Search:LongId") ?? "";
    expect(said(results[0], "AirSyncBase:Data")).toBe("A long");
    const whole = await device.send("ItemOperations", fetchRequest(element("Search:LongId", longId)));
    expect(said(whole.body, "AirSyncBase:Data")).toContain("A long text.");
    expect(said(whole.body, "Search:LongId")).toBe(longId);
    const reference = said(results[0], "AirSyncBase:FileReference") ?? "";
    const file = await device.send("ItemOperations", fetchRequest(element("AirSyncBase:FileReference", reference)));
    expect(Buffer.from(said(file.body, "ItemOperations:Data") ?? "", "base64").toString()).toBe("0123456789");
    const inbox = device.folder(2);
    await device.sync(inbox, { bodyPreferences: [{ type: 1, truncationSize: 6 }] });
    expect([...device.items(inbox).keys()]).toEqual([longId]);
    expect(
      device
        .items(inbox)
        .get(longId)
        ?.data.some(({ name }) => name === "Email:Subject"),
    ).toBe(true);
  });
});

it("a hit is forwarded and answered by its LongId", async () => {
  const name = await world.store("Archive", "the plan", { body: "Nobody may know." });
  const device = await world.phone("14.1");
  const { results } = await ask(device, requestOf({ freeText: "plan" }));
  const source = [element("ComposeMail:LongId", said(results[0], "Search:LongId") ?? "")];
  const mime = "From: anna@example.org\r\nTo: rosa@example.org\r\nSubject: Fwd\r\n\r\nSee below.\r\n";
  for (const command of ["SmartForward", "SmartReply"] as const) {
    const { body, status } = await device.send(
      command,
      element(`ComposeMail:${command}`, [
        element("ComposeMail:ClientId", command),
        element("ComposeMail:Source", source),
        element("ComposeMail:Mime", Buffer.from(mime)),
      ]),
    );
    expect([status, body]).toEqual([200, undefined]);
  }
  expect(world.sent.map(({ message }) => message.toString().includes("Nobody may know."))).toEqual([true, true]);
  const [head] = await world.other.heads("Archive", [name]);
  expect(head?.flags.toSorted()).toEqual(["$Forwarded", "\\Answered"]);
});

describe("what is asked", () => {
  it("words, people, days and flags", async () => {
    const hour = 3_600_000;
    world.at(Date.now() - 48 * hour);
    await world.store("INBOX", "Alpha", { from: "Bob <bob@example.org>", flags: ["\\Seen"] });
    world.at(Date.now() - 2 * hour);
    await world.store("INBOX", "Beta alpha", { flags: ["\\Flagged"], headers: ["Importance: high"] });
    await world.store("INBOX", "Gamma", { body: "alpha" });
    const device = await world.phone("14.1");
    const find = async (freeText: string) => (await ask(device, requestOf({ freeText }))).subjects;
    expect(await find("alpha")).toEqual(["Gamma", "Beta alpha", "Alpha"]);
    expect(await find("subject:alpha")).toEqual(["Beta alpha", "Alpha"]);
    expect(await find("alpha from:bob")).toEqual(["Alpha"]);
    expect(await find("alpha -from:bob -beta")).toEqual(["Gamma"]);
    expect(await find("gamma OR from:bob")).toEqual(["Gamma", "Alpha"]);
    expect(await find("isread:true")).toEqual(["Alpha"]);
    expect(await find("isread:false isflagged:yes")).toEqual(["Beta alpha"]);
    expect(await find("importance:high")).toEqual(["Beta alpha"]);
    expect(await find(`received<${new Date(Date.now() - 24 * hour).toISOString().slice(0, 19)}Z`)).toEqual(["Alpha"]);
    expect(await find("received:easter alpha")).toEqual([]);
    expect(await find("size>1MB")).toEqual([]);
    expect(await find("re: )(")).toEqual([]);
  });

  it("times are kept to the second", async () => {
    const noon = Date.UTC(2026, 2, 10, 12);
    world.at(noon);
    for (const subject of ["one", "two", "three"]) await world.store("INBOX", subject);
    const device = await world.phone("12.1");
    const at = (seconds: number) => new Date(noon + seconds * 1_000).toISOString();
    expect((await ask(device, requestOf({ after: at(0), before: at(2) }))).subjects).toEqual(["two"]);
    expect((await ask(device, requestOf({ after: at(0) }))).subjects).toEqual(["three", "two"]);
    expect((await ask(device, requestOf({ before: "20260310T120001Z" }))).subjects).toEqual(["one"]);
    expect(await ask(device, requestOf({ after: "yesterday" }))).toMatchObject({ status: "2" });
  });

  it("folders, and those within them where it is asked", async () => {
    const outer = await world.other.createMailbox("Projects", undefined);
    const inner = await world.other.createMailbox("One", outer.path);
    const last = await world.other.createMailbox("Deeper", inner.path);
    for (const { path } of [outer, inner, last]) await world.store(path, `plan of ${path}`);
    await world.store("INBOX", "plan elsewhere");
    const device = await world.phone("14.1");
    const folders = [device.folder("Projects").id];
    expect((await ask(device, requestOf({ freeText: "plan", folders }))).subjects).toEqual(["plan of Projects"]);
    expect((await ask(device, requestOf({ freeText: "plan", folders, deep: true }))).subjects).toEqual([
      "plan of Projects/One/Deeper",
      "plan of Projects/One",
      "plan of Projects",
    ]);
    const two = [device.folder("One").id, device.folder(2).id];
    expect((await ask(device, requestOf({ freeText: "plan", folders: two }))).total).toBe("2");
    for (const id of ["0", ""])
      expect((await ask(device, requestOf({ freeText: "plan", folders: [id] }))).total).toBe("4");
    expect(await ask(device, requestOf({ freeText: "plan", folders: ["e0123456789abcdef"] }))).toMatchObject({
      status: "11",
      results: [],
    });
  });
});

it("a conversation is found by its id, with the message parts that are asked for", async () => {
  const answer = ["References: <thebeginning@x>", "In-Reply-To: <thebeginning@x>"];
  await world.store("Archive", "the beginning");
  await world.store("INBOX", "Re: the beginning", { headers: answer });
  await world.store("Sent", "Re: Re: the beginning", { headers: answer });
  await world.store("INBOX", "something else");
  const device = await world.phone("14.1");
  const inbox = device.folder(2);
  await device.sync(inbox);
  const [answered] = [...device.items(inbox).values()].filter(({ data }) =>
    data.some((one) => said(one, "Email:Subject")?.startsWith("Re:")),
  );
  const id = answered?.data.find(({ name }) => name === "Email2:ConversationId")?.content;
  const part = element("AirSyncBase:BodyPartPreference", [element("AirSyncBase:Type", "2")]);
  const request = (conversation: Buffer) =>
    storeRequest("Mailbox", [
      element("Search:Query", [element("Search:And", [element("Search:ConversationId", conversation)])]),
      element("Search:Options", [part]),
    ]);
  if (!(id instanceof Uint8Array)) throw new Error("no conversation");
  const found = await ask(device, request(Buffer.from(id)));
  expect(found.subjects).toEqual(["Re: Re: the beginning", "Re: the beginning", "the beginning"]);
  expect(found.results.every((one) => all(one, "AirSyncBase:BodyPart").length === 1)).toBe(true);
  expect((await ask(device, request(Buffer.alloc(16)))).subjects).toEqual([]);
});

describe("pages", () => {
  it("are of one list, which new mail does not move, until it is built anew", async () => {
    for (let at = 0; at < 7; at += 1) await world.store(at % 2 === 0 ? "INBOX" : "Sent", `mail ${at}`);
    const device = await world.phone("14.1");
    const page = (range: string, rebuild = false) => ask(device, requestOf({ freeText: "mail", range, rebuild }));
    expect(await page("0-2")).toMatchObject({ subjects: ["mail 6", "mail 5", "mail 4"], range: "0-2", total: "7" });
    await world.store("INBOX", "mail 7");
    world.calls();
    expect(await page("3-5")).toMatchObject({ subjects: ["mail 3", "mail 2", "mail 1"], range: "3-5", total: "7" });
    expect(world.calls().filter((call) => call.startsWith("search"))).toEqual([]);
    expect(await page("6-8")).toMatchObject({ subjects: ["mail 0"], range: "6-6", total: "7" });
    expect(await page("0-0")).toMatchObject({ subjects: ["mail 6"], range: "0-0", total: "7" });
    expect(await page("7-9")).toMatchObject({ status: "12", results: [] });
    expect(await page("0-1", true)).toMatchObject({ subjects: ["mail 7", "mail 6"], range: "0-1", total: "8" });
  });

  it("leave out what was deleted since", async () => {
    const names = [];
    for (let at = 0; at < 5; at += 1) names.push(await world.store("INBOX", `mail ${at}`));
    const device = await world.phone("14.1");
    const page = (range: string) => ask(device, requestOf({ freeText: "mail", range }));
    expect((await page("0-1")).total).toBe("5");
    await world.other.remove("INBOX", names.slice(2, 4));
    expect(await page("0-1")).toMatchObject({ subjects: ["mail 4", "mail 1"], range: "0-1", total: "3" });
    expect(await page("2-3")).toMatchObject({ subjects: ["mail 0"], range: "2-2", total: "3" });
  });

  it("have a hundred results at most, and end where nothing more can be said", async () => {
    for (let at = 0; at < 120; at += 1) await world.store("INBOX", `mail ${at}`);
    const device = await world.phone("16.1");
    expect(await ask(device, requestOf({ freeText: "mail" }))).toMatchObject({ range: "0-99", total: "120" });
    expect(await ask(device, requestOf({ freeText: "mail", range: "100-199" }))).toMatchObject({ range: "100-119" });
    for (const range of ["0-100", "0-999", "950-1000"])
      expect(await ask(device, requestOf({ freeText: "mail", range }))).toMatchObject({ status: "12", results: [] });
    for (const range of ["x", "5-2", "-1-3", ""])
      expect(await ask(device, requestOf({ freeText: "mail", range }))).toMatchObject({ status: "2", results: [] });
  });

  it("nothing found is an empty result", async () => {
    const device = await world.phone("14.1");
    const { body } = await device.send("Search", requestOf({ freeText: "nothing" }));
    const [store] = all(body, "Search:Store");
    expect([said(store, "Search:Status"), said(store, "Search:Total")]).toEqual(["1", "0"]);
    expect(all(store, "Search:Result").map(({ content }) => content)).toEqual([undefined]);
  });

  it("a full answer ends early, and says so", async () => {
    const body = "word ".repeat(20_000);
    for (let at = 0; at < 60; at += 1) await world.store("INBOX", `mail ${at}`, { body });
    const device = await world.phone("14.1");
    const preference = element("AirSyncBase:BodyPreference", [element("AirSyncBase:Type", "1")]);
    const found = await ask(device, requestOf({ freeText: "mail", options: [preference] }));
    expect(found.results.length).toBeLessThan(40);
    expect(found.range).toBe(`0-${found.results.length - 1}`);
    expect(found.total).toBe("60");
  });
});

describe("what cannot be searched", () => {
  const and = (...parts: readonly Element[]) => element("Search:And", parts);
  const freeText = element("Search:FreeText", "x");
  const ofMail = element("AirSync:Class", "Email");

  it.each<readonly [string, string, readonly Element[]]>([
    ["words without And", "8", [freeText]],
    ["a folder without And", "8", [element("AirSync:CollectionId", "0"), and(freeText)]],
    ["two Ands", "8", [and(freeText), and(freeText)]],
    ["And within And", "8", [and(and(freeText))]],
    ["an Or", "8", [element("Search:Or", [freeText])]],
    ["nothing", "2", []],
    ["an element of a mail", "2", [and(ofMail, element("Email:Subject", "x"))]],
    ["words twice", "2", [and(ofMail, freeText, freeText)]],
    [
      "an address where a time is asked",
      "2",
      [and(ofMail, element("Search:GreaterThan", [element("Search:Value", "1")]))],
    ],
    ["other classes alone", "8", [and(element("AirSync:Class", "Calendar"), freeText)]],
  ])("%s is Status %s", async (_, status, query) => {
    const device = await world.phone("14.1");
    expect(await ask(device, storeRequest("Mailbox", [element("Search:Query", query)]))).toMatchObject({
      status,
      results: [],
    });
  });

  it("the address list and the documents are not there, other stores are none", async () => {
    const device = await world.phone("14.1");
    for (const [name, status] of [
      ["GAL", "6"],
      ["DocumentLibrary", "6"],
      ["Elsewhere", "2"],
    ] as const)
      expect(await ask(device, storeRequest(name, [element("Search:Query", "anna")]))).toMatchObject({ status });
    const old = await world.phone("2.5");
    expect(await ask(old, storeRequest("GAL", [element("Search:Query", "anna")]))).toMatchObject({ status: "6" });
  });

  it("mail is found where other classes are asked for too", async () => {
    await world.store("INBOX", "x");
    const device = await world.phone("14.1");
    for (const classes of [[], ["Email", "Calendar"]])
      expect((await ask(device, requestOf({ freeText: "x", classes }))).subjects).toEqual(["x"]);
    const calendar = device.folder("Calendar").id;
    expect((await ask(device, requestOf({ freeText: "x", folders: [calendar] }))).status).toBe("8");
  });

  it("a folder that fails is left out, and a server that is away is said", async () => {
    await world.store("INBOX", "one");
    await world.store("Sent", "one more");
    const device = await world.phone("14.1");
    world.onCall((method, mailbox) => {
      if (method === "search" && mailbox === "Sent") throw new BackendError("refused", "no");
    });
    expect((await ask(device, requestOf({ freeText: "one" }))).subjects).toEqual(["one"]);
    world.onCall((method) => {
      if (method === "search") throw new BackendError("unreachable", "away");
    });
    expect((await ask(device, requestOf({ freeText: "one", rebuild: true }))).status).toBe("7");
  });
});

it("a device that was told of no folders has to ask for them first", async () => {
  await world.store("INBOX", "one");
  const device = await world.phone("14.1", { folders: false });
  expect(await ask(device, requestOf({ freeText: "one" }))).toMatchObject({ status: "11", results: [] });
});

it("is not offered where no mail server is configured", async () => {
  const { commands } = await (await world.phone("16.1")).options();
  expect(commands.filter((name) => name === "Search" || name === "Find")).toEqual([]);
});

describe("ids that somebody made up", () => {
  it("name no message of another folder than they say", async () => {
    const name = await world.store("INBOX", "one");
    const device = await world.phone("14.1");
    const [inbox, archive] = [device.folder(2).id, device.folder("Archive").id];
    const request = (id: string) =>
      fetchRequest(element("AirSync:CollectionId", inbox), element("AirSync:ServerId", id));
    const statusOf = async (id: string) => {
      const { body } = await device.send("ItemOperations", request(id));
      return all(body, "ItemOperations:Status").map((one) => said(one, "ItemOperations:Status"))[1];
    };
    expect(await statusOf(`${inbox}:${name}`)).toBe("1");
    expect(await statusOf(`${archive}:${name}`)).toBe("6");
  });

  it("open the user's own mail, or nothing", async () => {
    await world.store("INBOX", "one");
    const device = await world.phone("14.1");
    const { results } = await ask(device, requestOf({ freeText: "one" }));
    const longId = said(results[0], "Search:LongId") ?? "";
    const folder = device.folder(2).id;
    const contacts = device.folder("Contacts").id;
    for (const id of [
      `${folder}:1.1`,
      `${longId}9`,
      longId.replace(folder, contacts),
      longId.replace(folder, "e0123456789abcdef"),
      `${folder}:../../etc/passwd`,
      folder,
      ":",
      "x".repeat(256),
    ]) {
      const { body } = await device.send("ItemOperations", fetchRequest(element("Search:LongId", id)));
      expect(all(body, "ItemOperations:Status").map((one) => said(one, "ItemOperations:Status"))).toEqual(["1", "6"]);
      const file = await device.send("ItemOperations", fetchRequest(element("AirSyncBase:FileReference", `${id}:1`)));
      expect(all(file.body, "ItemOperations:Status").map((one) => said(one, "ItemOperations:Status"))[1]).toMatch(
        /^(?:6|15)$/,
      );
    }
  });
});
