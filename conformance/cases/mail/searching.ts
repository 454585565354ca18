/** Search and Find of the mailbox: what matches, where, how much of it, and how a hit is opened. */
import { setTimeout as sleep } from "node:timers/promises";
import { since } from "../../../src/schema/versions.ts";
import { child, children, childrenNamed, childText, type Element, element } from "../../../src/wire/element.ts";
import { readFetch, statusOf } from "../../device/answers.ts";
import type { Device } from "../../device/device.ts";
import { bodyPreferenceElement } from "../../device/requests.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, comes, mailFolder, modern, readBody } from "./mailbox.ts";
import { message, subjectOf, text } from "./messages.ts";

const needs = commands("Search");
const needsFind = commands("Find");
/** Milliseconds that a server may take to index what came. */
const patience = 60_000;

interface Hit {
  readonly longId: string | undefined;
  readonly serverId: string | undefined;
  readonly folder: string | undefined;
  readonly class: string | undefined;
  readonly data: readonly Element[];
}

interface Found {
  readonly status: number;
  /** Of the store, or of the Response of a Find. */
  readonly storeStatus: number;
  readonly hits: readonly Hit[];
  /** Results, the empty one that stands for none included. */
  readonly results: number;
  readonly range: string | undefined;
  readonly total: string | undefined;
}

const freeText = (words: string) => element("Search:FreeText", words);

async function search(
  device: Device,
  conditions: readonly Element[],
  options: readonly Element[] = [element("Search:Range", "0-9")],
): Promise<Found> {
  const request = element("Search:Search", [
    element("Search:Store", [
      element("Search:Name", "Mailbox"),
      element("Search:Query", [element("Search:And", [element("AirSync:Class", "Email"), ...conditions])]),
      element("Search:Options", options),
    ]),
  ]);
  const reply = await device.send("Search", request);
  const response = reply.body && child(reply.body, "Search:Response");
  const store = response && child(response, "Search:Store");
  const results = store ? childrenNamed(store, "Search:Result") : [];
  return {
    status: statusOf(reply),
    storeStatus: Number((store && childText(store, "Search:Status")) ?? Number.NaN),
    hits: results.filter((one) => children(one).length > 0).map(hitOf),
    results: results.length,
    range: store && childText(store, "Search:Range"),
    total: store && childText(store, "Search:Total"),
  };
}

async function find(device: Device, t: Trial, words: string, range = "0-9", folder?: string): Promise<Found> {
  const query = element("Find:Query", [
    element("AirSync:Class", "Email"),
    folder === undefined ? undefined : element("AirSync:CollectionId", folder),
    element("Find:FreeText", words),
  ]);
  const criterion = element("Find:MailBoxSearchCriterion", [
    query,
    element("Find:Options", [element("Find:Range", range)]),
  ]);
  const request = element("Find:Find", [
    element("Find:SearchId", `${t.marker}${words.length}`),
    element("Find:ExecuteSearch", [criterion]),
  ]);
  const reply = await device.send("Find", request);
  const response = reply.body && child(reply.body, "Find:Response");
  const results = response ? childrenNamed(response, "Find:Result") : [];
  return {
    status: statusOf(reply),
    storeStatus: Number((response && childText(response, "Find:Status")) ?? Number.NaN),
    hits: results.map(hitOf),
    results: results.length,
    range: response && childText(response, "Find:Range"),
    total: response && childText(response, "Find:Total"),
  };
}

function hitOf(result: Element): Hit {
  const properties = child(result, "Search:Properties") ?? child(result, "Find:Properties");
  return {
    longId: childText(result, "Search:LongId"),
    serverId: childText(result, "AirSync:ServerId"),
    folder: childText(result, "AirSync:CollectionId"),
    class: childText(result, "AirSync:Class"),
    data: properties ? children(properties) : [],
  };
}

/** Asks until there are so many: a server may index what came a moment later. */
async function until(count: number, ask: () => Promise<Found>): Promise<Found> {
  const end = performance.now() + patience;
  for (let pause = 20; ; pause = Math.min(pause * 2, 5_000)) {
    const found = await ask();
    if (found.hits.length >= count || performance.now() > end) return found;
    await sleep(pause);
  }
}

const subjects = ({ hits }: Found) => hits.map(({ data }) => valueOf(data, "Email:Subject"));

/** Yesterday or tomorrow, as a condition on when the message came. */
function day(name: "Search:GreaterThan" | "Search:LessThan", days: number): Element {
  const at = new Date(Date.now() + days * 86_400_000).toISOString();
  return element(name, [element("Email:DateReceived"), element("Search:Value", at)]);
}

async function open(device: Device, ...which: readonly Element[]) {
  const preference = bodyPreferenceElement({ type: 1 });
  const fetch = element("ItemOperations:Fetch", [
    element("ItemOperations:Store", "Mailbox"),
    ...which,
    element("ItemOperations:Options", [preference]),
  ]);
  return readFetch(await device.send("ItemOperations", element("ItemOperations:ItemOperations", [fetch])));
}

export const mailSearchCases: readonly Case[] = [
  {
    id: "mail-search/subject",
    says: "A message is found by a word of its subject: one Result, with what it is, where, and its properties.",
    spec: ["MS-ASCMD_R3846", "MS-ASCMD_R3849", "MS-ASCMD_R3851"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { inbox } = await arrive(device, t);
      const found = await until(1, () => search(device, [freeText(t.marker)]));
      t.equal("", [found.status, found.storeStatus], [1, 1], "Status, and that of the store");
      t.equal(["MS-ASCMD_R3846", "MS-ASCMD_R3849"], found.hits.length, 1, "hits");
      t.equal("MS-ASCMD_R3851", subjects(found), [t.marker], "Subject");
      t.equal(
        "",
        found.hits.map((hit) => [hit.class, hit.folder]),
        [["Email", inbox.id]],
        "Class and CollectionId",
      );
    },
  },
  {
    id: "mail-search/text",
    says: "A message is found by a word of its text, and one that lacks it is not.",
    spec: ["MS-ASCMD_R3849"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const word = `word${t.marker}`;
      await arrive(device, t, { subject: "with", part: text(`The ${word} is in it.`) });
      await arrive(device, t, { subject: "without" });
      const found = await until(1, () => search(device, [freeText(word)]));
      t.equal("MS-ASCMD_R3849", subjects(found), [subjectOf(t, "with")], "hits");
    },
  },
  {
    id: "mail-search/umlauts",
    says: "A word with letters beyond ASCII is found, however its sender encoded it.",
    spec: [],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const word = `größe${t.marker}`;
      const subject = `=?utf-8?B?${Buffer.from(`${t.marker} ${word}`).toString("base64")}?=`;
      await arrive(device, t, { subject: word, mime: message(t, { headers: [["Subject", subject]] }) });
      const found = await until(1, () => search(device, [freeText(word)]));
      t.equal("", subjects(found), [`${t.marker} ${word}`], "hits");
    },
  },
  {
    id: "mail-search/nothing",
    says: "Where nothing matches there is one empty Result.",
    spec: ["MS-ASCMD_R3850"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await device.folderSync();
      const { storeStatus, results, hits } = await search(device, [freeText(`none${t.marker}`)]);
      t.equal(
        "MS-ASCMD_R3850",
        [storeStatus, results, hits.length],
        [1, 1, 0],
        "Status, Results, and those that say something",
      );
    },
  },
  {
    id: "mail-search/one-of-two",
    says: "A Range of 0-0 brings one of two hits, and Total says that there are two.",
    spec: ["MS-ASCMD_R3729"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      for (const subject of ["one", "two"]) await arrive(device, t, { subject });
      await until(2, () => search(device, [freeText(t.marker)]));
      const found = await search(device, [freeText(t.marker)], [element("Search:Range", "0-0")]);
      t.equal("MS-ASCMD_R3729", found.hits.length, 1, "hits");
      t.equal("", [found.range, found.total], ["0-0", "2"], "Range and Total");
    },
  },
  {
    id: "mail-search/total",
    says: "Where all hits are returned, Total is one more than the end of Range.",
    spec: ["MS-ASCMD_R4638"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      for (const subject of ["one", "two"]) await arrive(device, t, { subject });
      const { range, total } = await until(2, () => search(device, [freeText(t.marker)]));
      t.equal("MS-ASCMD_R4638", Number(total), Number(range?.split("-")[1]) + 1, `Total beside Range ${range}`);
    },
  },
  {
    id: "mail-search/in-a-folder",
    says: "A search in a folder finds what is there, and not what is elsewhere.",
    spec: [],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { inbox } = await arrive(device, t);
      const kept = await mailFolder(device, t, "sent");
      const inside = (id: string) => search(device, [element("AirSync:CollectionId", id), freeText(t.marker)]);
      t.equal("", (await until(1, () => inside(inbox.id))).hits.length, 1, "hits in the inbox");
      t.equal("", (await inside(kept.id)).hits.length, 0, "hits in Sent Items");
    },
  },
  {
    id: "mail-search/later-than",
    says: "A search for what came after a day finds what came since, and not what came before.",
    spec: [],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await arrive(device, t);
      const after = (days: number) => search(device, [freeText(t.marker), day("Search:GreaterThan", days)]);
      t.equal("", (await until(1, () => after(-3))).hits.length, 1, "hits of the last days");
      t.equal("", (await after(3)).hits.length, 0, "hits of days to come");
    },
  },
  {
    id: "mail-search/earlier-than",
    says: "A search for what came before a day does not find what came since.",
    spec: [],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await arrive(device, t);
      const before = (days: number) => search(device, [freeText(t.marker), day("Search:LessThan", days)]);
      t.equal("", (await until(1, () => before(3))).hits.length, 1, "hits before a day to come");
      t.equal("", (await before(-3)).hits.length, 0, "hits before a day gone by");
    },
  },
  {
    id: "mail-search/text-as-asked",
    says: "The text of a hit comes in the form and length that the search asks for.",
    spec: ["MS-ASAIRS_R55"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await arrive(device, t, { part: text("0123456789".repeat(30)) });
      const options = [element("Search:Range", "0-9"), bodyPreferenceElement({ type: 1, truncationSize: 50 })];
      const found = await until(1, () => search(device, [freeText(t.marker)], options));
      const seen = readBody(t.found(named(found.hits[0]?.data ?? [], "AirSyncBase:Body"), "a Body"));
      t.equal("MS-ASAIRS_R55", [seen.data, seen.truncated], ["0123456789".repeat(5), true], "Data and Truncated");
    },
  },
  {
    id: "mail-search/mime",
    says: "With MIMESupport 2 a hit comes as MIME.",
    spec: ["MS-ASCMD_R3384"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await arrive(device, t);
      const mime = [element("AirSync:MIMESupport", 2), bodyPreferenceElement({ type: 4 })];
      const found = await until(1, () =>
        search(device, [freeText(t.marker)], [element("Search:Range", "0-9"), ...mime]),
      );
      const seen = named(found.hits[0]?.data ?? [], "AirSyncBase:Body");
      t.equal("MS-ASCMD_R3384", seen && readBody(seen).type, "4", "Type of Body");
    },
  },
  {
    id: "mail-search/opened",
    says: "A hit is opened by its LongId, whole.",
    spec: ["MS-ASEMAIL_R61"],
    level: "MUST",
    versions: modern,
    needs: commands("Search", "ItemOperations"),
    async run(device, t) {
      await arrive(device, t, { part: text("What is in it.") });
      const found = await until(1, () => search(device, [freeText(t.marker)]));
      const longId = t.found(found.hits[0]?.longId, "a LongId");
      const { items } = await open(device, element("Search:LongId", longId));
      const data = items[0]?.data ?? [];
      t.equal(
        "MS-ASEMAIL_R61",
        [items[0]?.status, valueOf(data, "Email:Subject")],
        [1, t.marker],
        "Status and Subject",
      );
      const seen = named(data, "AirSyncBase:Body");
      t.equal("", seen && readBody(seen).data?.trim(), "What is in it.", "Data");
    },
  },
  {
    id: "mail-search/answered",
    says: "A hit is answered by its LongId.",
    spec: ["MS-ASCMD_R580"],
    level: "MUST",
    versions: since("14.0"),
    needs: commands("Search", "SmartReply"),
    async run(device, t) {
      const { inbox } = await arrive(device, t, { part: text("What was asked.") });
      const found = await until(1, () => search(device, [freeText(t.marker)]));
      const longId = t.found(found.hits[0]?.longId, "a LongId");
      const mime = message(t, { subject: "answer", part: text("What I say.") });
      t.equal("", (await device.smartReply(mime, { source: { longId } })).status, 1, "Status");
      const sync = { bodyPreferences: [{ type: 1 as const }] };
      const { data } = await comes(device, t, inbox, subjectOf(t, "answer"), sync);
      const seen = named(data, "AirSyncBase:Body");
      const whole = (seen && readBody(seen).data) ?? "";
      t.ok("MS-ASCMD_R580", whole.includes("What I say.") && whole.includes("What was asked."), `Data: ${whole}`);
    },
  },
  {
    id: "mail-search/words-outside-of-and",
    says: "Words that stand outside of And are refused with Status 8.",
    spec: ["MS-ASCMD_R3105"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await device.folderSync();
      const query = element("Search:Query", [freeText(t.marker)]);
      const store = element("Search:Store", [element("Search:Name", "Mailbox"), query]);
      const { body } = await device.send("Search", element("Search:Search", [store]));
      const response = body && child(body, "Search:Response");
      const inner = response && child(response, "Search:Store");
      t.equal("MS-ASCMD_R3105", inner && childText(inner, "Search:Status"), "8", "Status of the store");
    },
  },
  {
    id: "mail-search/conversation",
    says: "A search for a conversation finds all of it, in whichever folder.",
    spec: ["MS-ASCON_R176", "MS-ASCON_R220"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const { inbox, serverId, data } = await arrive(device, t, { subject: "first" });
      const mime = message(t, { subject: "answer" });
      const source = { folder: inbox.id, item: serverId };
      t.given((await device.smartReply(mime, { source, saveInSent: true })).status === 1, "an answer is sent");
      await comes(device, t, inbox, subjectOf(t, "answer"));
      const id = t.found(named(data, "Email2:ConversationId")?.content, "a ConversationId");
      const asked = [element("Search:ConversationId", id)];
      const found = await until(3, () => search(device, asked));
      const expected = [subjectOf(t, "answer"), subjectOf(t, "answer"), subjectOf(t, "first")];
      t.equal(["MS-ASCON_R176", "MS-ASCON_R220"], subjects(found).map(String).toSorted(), expected, "Subjects");
    },
  },
  {
    id: "mail-search/found",
    says: "Find finds a message by a word of its subject, and says where it is.",
    spec: ["MS-ASCMD_R72172509"],
    level: "MUST",
    versions: since("16.1"),
    needs: needsFind,
    async run(device, t) {
      const { inbox } = await arrive(device, t);
      const found = await until(1, () => find(device, t, t.marker));
      t.equal("MS-ASCMD_R72172509", [found.status, found.storeStatus], [1, 1], "Status, and that of Response");
      t.equal("", subjects(found), [t.marker], "Subject");
      t.equal("", found.hits[0]?.folder, inbox.id, "CollectionId");
    },
  },
  {
    id: "mail-search/found-nothing",
    says: "Where nothing matches Find has no Result.",
    spec: ["MS-ASCMD_R38391805"],
    level: "MUST",
    versions: since("16.1"),
    needs: needsFind,
    async run(device, t) {
      await device.folderSync();
      const { storeStatus, results } = await find(device, t, `none${t.marker}`);
      t.equal("MS-ASCMD_R38391805", [storeStatus, results], [1, 0], "Status and Results");
    },
  },
  {
    id: "mail-search/found-opened",
    says: "What Find found is opened by the id and folder that it told.",
    spec: ["MS-ASEMAIL_R61"],
    level: "MUST",
    versions: since("16.1"),
    needs: needsFind,
    async run(device, t) {
      await arrive(device, t, { part: text("What is in it.") });
      const { hits } = await until(1, () => find(device, t, t.marker));
      const hit = t.found(hits[0], "a hit");
      const which = [
        element("AirSync:CollectionId", t.found(hit.folder, "its folder")),
        element("AirSync:ServerId", t.found(hit.serverId, "its id")),
      ];
      const { items } = await open(device, ...which);
      t.equal("MS-ASEMAIL_R61", valueOf(items[0]?.data ?? [], "Email:Subject"), t.marker, "Subject");
    },
  },
];
