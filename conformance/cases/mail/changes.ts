/** What a phone changes of a message, and how others hear of it: read, flag, categories, and nothing else. */
import { since } from "../../../src/schema/versions.ts";
import { children, childText, type Element, element } from "../../../src/wire/element.ts";
import type { ServerChange } from "../../device/answers.ts";
import type { Device, Folder } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { listOf, named, valueOf } from "../samples.ts";
import { arrive, mailFolder, modern, withSubject } from "./mailbox.ts";
import { subjectOf } from "./messages.ts";

/** A message that two devices have. */
interface Shared {
  readonly inbox: Folder;
  readonly serverId: string;
  readonly other: Device;
  /** What the other device is told next of the inbox. */
  told(): Promise<readonly ServerChange[]>;
  /** A Change of this device: its Status, 1 also where silence says so. */
  change(...data: readonly Element[]): Promise<number>;
}

async function share(device: Device, t: Trial): Promise<Shared> {
  const { inbox, serverId } = await arrive(device, t);
  const other = t.device();
  const theirs = await mailFolder(other, t, "inbox");
  t.given(withSubject(other, theirs, subjectOf(t)) !== undefined, "another device has it too");
  return {
    inbox,
    serverId,
    other,
    told: async () => (await other.sync(theirs, { window: 512 })).changes,
    change: async (...data) => (await device.change(inbox, serverId, data)).status,
  };
}

/** A message as another device's Add has it, empty elements included. */
async function added(device: Device, t: Trial): Promise<readonly Element[]> {
  const { inbox, serverId } = await arrive(device, t);
  const other = t.device();
  await other.folderSync();
  const { changes } = await other.sync(other.folder(inbox.id), { window: 512 });
  return t.found(
    changes.find((one) => one.serverId === serverId),
    "another device has it too",
  ).data;
}

/** The names of what a single Change tells. */
function tagsOf(changes: readonly ServerChange[]): readonly string[] {
  return changes.flatMap(({ kind, data }) => [kind, ...data.map(({ name }) => name)]);
}

const read = (value: string) => element("Email:Read", value === "" ? undefined : value);
const flag = (...content: readonly Element[]) => element("Email:Flag", content.length === 0 ? undefined : content);
const categories = (...names: readonly string[]) =>
  element("Email:Categories", names.length === 0 ? undefined : names.map((name) => element("Email:Category", name)));

const dates = [
  element("Tasks:StartDate", "2031-03-05T10:00:00.000Z"),
  element("Tasks:UtcStartDate", "2031-03-05T10:00:00.000Z"),
  element("Tasks:DueDate", "2031-03-06T10:00:00.000Z"),
  element("Tasks:UtcDueDate", "2031-03-06T10:00:00.000Z"),
];
const active = [element("Email:Status", "2"), element("Email:FlagType", "Flag for follow up")];
const done = [
  element("Email:Status", "1"),
  element("Email:FlagType", "Flag for follow up"),
  element("Email:CompleteTime", "2031-03-05T10:00:00.000Z"),
  element("Tasks:DateCompleted", "2031-03-05T10:00:00.000Z"),
];

/** A Change that is answered with Status 6, and does nothing. */
function refusal(
  name: string,
  says: string,
  spec: readonly string[],
  data: readonly Element[],
  versions = modern,
): Case {
  return {
    id: `mail-changes/${name}`,
    says,
    spec,
    level: "MUST",
    versions,
    async run(device, t) {
      const { change, told } = await share(device, t);
      t.equal(spec.length > 0 ? spec : "", await change(...data), 6, "Status");
      t.equal("", tagsOf(await told()), [], "what another device is told");
    },
  };
}

export const mailChangeCases: readonly Case[] = [
  {
    id: "mail-changes/read",
    says: "A message that is read on one device is read on the other: a Change of Read alone.",
    spec: ["MS-ASEMAIL_R640", "MS-ASEMAIL_R75", "MS-ASEMAIL_R10604"],
    level: "MUST",
    async run(device, t) {
      const { change, told } = await share(device, t);
      t.equal("", await change(read("1")), 1, "Status");
      const changes = await told();
      t.equal(["MS-ASEMAIL_R75", "MS-ASEMAIL_R10604"], tagsOf(changes), ["Change", "Email:Read"], "what is told");
      t.equal("MS-ASEMAIL_R640", valueOf(changes[0]?.data ?? [], "Email:Read"), "1", "Read");
    },
  },
  {
    id: "mail-changes/unread",
    says: "A message can be made unread again.",
    spec: ["MS-ASEMAIL_R641"],
    level: "MUST",
    async run(device, t) {
      const { change, told } = await share(device, t);
      await change(read("1"));
      t.equal("", await change(read("0")), 1, "Status");
      const [told1] = await told();
      t.ok("MS-ASEMAIL_R641", told1 === undefined || valueOf(told1.data, "Email:Read") === "0", "Read is 0");
    },
  },
  {
    id: "mail-changes/own-is-not-told-back",
    says: "A device is not told of what it changed itself.",
    spec: ["MS-ASEMAIL_R81"],
    level: "MUST",
    async run(device, t) {
      const { change, inbox } = await share(device, t);
      await change(read("1"));
      t.equal("MS-ASEMAIL_R81", tagsOf((await device.sync(inbox)).changes), [], "what it is told");
    },
  },
  {
    id: "mail-changes/read-leaves-the-rest",
    says: "A Change of Read alone leaves everything else of the message.",
    spec: ["MS-ASCMD_R5825"],
    level: "MUST",
    async run(device, t) {
      const { change } = await share(device, t);
      await change(read("1"));
      const late = t.device();
      const seen = t.found(withSubject(late, await mailFolder(late, t, "inbox"), subjectOf(t)), "a new device sees it");
      t.equal("MS-ASCMD_R5825", valueOf(seen.data, "Email:Subject"), t.marker, "Subject");
      t.equal("", valueOf(seen.data, "Email:Read"), "1", "Read");
    },
  },
  refusal(
    "read-that-is-neither",
    "A Read that is neither 0 nor 1 gets Status 6.",
    ["MS-ASEMAIL_R643"],
    [read("maybe")],
  ),
  {
    id: "mail-changes/flag",
    says: "A flag that is set on one device is on the other: a Change of Flag alone.",
    spec: ["MS-ASEMAIL_R76", "MS-ASEMAIL_R100", "MS-ASEMAIL_R940"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { change, told } = await share(device, t);
      t.equal("MS-ASEMAIL_R940", await change(flag(...active, ...dates)), 1, "Status");
      const changes = await told();
      t.equal(["MS-ASEMAIL_R76", "MS-ASEMAIL_R100"], tagsOf(changes), ["Change", "Email:Flag"], "what is told");
      const seen = t.found(named(changes[0]?.data ?? [], "Email:Flag"), "a Flag");
      t.equal("", childText(seen, "Email:Status"), "2", "Status of the flag");
    },
  },
  {
    id: "mail-changes/flag-dates",
    says: "When a flagged message is due is told to the other device.",
    spec: ["MS-ASEMAIL_R940"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { change, told } = await share(device, t);
      await change(flag(...active, ...dates));
      const seen = t.found(named((await told())[0]?.data ?? [], "Email:Flag"), "a Flag");
      const said = dates.map(({ name }) => Date.parse(childText(seen, name) ?? ""));
      const expected = dates.map(({ content }) => Date.parse(typeof content === "string" ? content : ""));
      t.equal("MS-ASEMAIL_R940", said, expected, "dates");
    },
  },
  {
    id: "mail-changes/flag-complete",
    says: "A flag that is completed is told as complete.",
    spec: ["MS-ASEMAIL_R86", "MS-ASEMAIL_R334"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { change, told } = await share(device, t);
      await change(flag(...active, ...dates));
      t.equal(["MS-ASEMAIL_R86", "MS-ASEMAIL_R334"], await change(flag(...done)), 1, "Status");
      const [told1] = await told();
      const seen = t.found(named(told1?.data ?? [], "Email:Flag"), "a Flag");
      t.equal("", childText(seen, "Email:Status"), "1", "Status of the flag");
    },
  },
  ...(
    [
      ["empty", "MS-ASEMAIL_R8800", []],
      ["zero", "MS-ASEMAIL_R88", [element("Email:Status", "0")]],
    ] as const
  ).map(
    ([name, spec, content]): Case => ({
      id: `mail-changes/flag-cleared-by-${name}`,
      says: `A flag is cleared by ${name === "empty" ? "an empty Flag" : "a Status of 0"}: the other device gets an empty one.`,
      spec: [spec],
      level: "MUST",
      versions: modern,
      async run(device, t) {
        const { change, told } = await share(device, t);
        await change(flag(...active, ...dates));
        t.given((await told()).length === 1, "the flag is set");
        t.equal(spec, await change(flag(...content)), 1, "Status");
        const [told1] = await told();
        const seen = t.found(named(told1?.data ?? [], "Email:Flag"), "a Flag");
        t.among(spec, childText(seen, "Email:Status"), [undefined, "0"], "Status of the flag");
      },
    }),
  ),
  {
    id: "mail-changes/no-flag-is-empty",
    says: "A message without a flag has an empty Flag.",
    spec: ["MS-ASEMAIL_R437"],
    level: "SHOULD",
    versions: modern,
    async run(device, t) {
      const data = await added(device, t);
      t.equal("MS-ASEMAIL_R437", children(t.found(named(data, "Email:Flag"), "a Flag")).length, 0, "what is in it");
    },
  },
  {
    id: "mail-changes/flag-leaves-the-rest",
    says: "A Change of Flag alone leaves Read and everything else.",
    spec: ["MS-ASCMD_R873"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { change } = await share(device, t);
      await change(read("1"));
      await change(flag(...active, ...dates));
      const late = t.device();
      const seen = t.found(withSubject(late, await mailFolder(late, t, "inbox"), subjectOf(t)), "a new device sees it");
      t.equal("MS-ASCMD_R873", valueOf(seen.data, "Email:Read"), "1", "Read");
    },
  },
  {
    id: "mail-changes/read-and-flag",
    says: "What changed is told together: Read and Flag.",
    spec: ["MS-ASEMAIL_R10612"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { change, told } = await share(device, t);
      t.equal("", await change(read("1"), flag(...active, ...dates)), 1, "Status");
      const tags = tagsOf(await told());
      t.equal("MS-ASEMAIL_R10612", tags.toSorted(), ["Change", "Email:Flag", "Email:Read"], "what is told");
    },
  },
  refusal(
    "flag-status-3",
    "A flag's Status beyond 0, 1 and 2 gets Status 6.",
    ["MS-ASEMAIL_R757"],
    [flag(element("Email:Status", "3"), element("Email:FlagType", "Flag for follow up"))],
  ),
  refusal(
    "flag-without-type",
    "A flag that is set without FlagType gets Status 6.",
    ["MS-ASEMAIL_R92"],
    [flag(element("Email:Status", "2"), ...dates)],
  ),
  refusal(
    "complete-without-time",
    "A flag that is completed without the times of it gets Status 6.",
    ["MS-ASEMAIL_R92"],
    [flag(element("Email:Status", "1"))],
  ),
  refusal(
    "due-before-start",
    "A flag that is due before it starts gets Status 6.",
    ["MS-ASEMAIL_R407", "MS-ASEMAIL_R739"],
    [
      flag(
        ...active,
        element("Tasks:StartDate", "2031-03-07T10:00:00.000Z"),
        element("Tasks:UtcStartDate", "2031-03-05T10:00:00.000Z"),
        element("Tasks:DueDate", "2031-03-06T10:00:00.000Z"),
        element("Tasks:UtcDueDate", "2031-03-06T10:00:00.000Z"),
      ),
    ],
  ),
  refusal(
    "utc-due-before-start",
    "A flag whose due date in UTC lies before its start in UTC gets Status 6.",
    ["MS-ASEMAIL_R851", "MS-ASEMAIL_R862"],
    [
      flag(
        ...active,
        element("Tasks:StartDate", "2031-03-05T10:00:00.000Z"),
        element("Tasks:UtcStartDate", "2031-03-07T10:00:00.000Z"),
        element("Tasks:DueDate", "2031-03-06T10:00:00.000Z"),
        element("Tasks:UtcDueDate", "2031-03-06T10:00:00.000Z"),
      ),
    ],
  ),
  refusal(
    "some-dates",
    "A flag with some of its four dates gets Status 6.",
    ["MS-ASEMAIL_R409", "MS-ASEMAIL_R853", "MS-ASEMAIL_R864"],
    [flag(...active, element("Tasks:StartDate", "2031-03-05T10:00:00.000Z"))],
  ),
  refusal(
    "reminder-without-time",
    "A flag's reminder without its time gets Status 6.",
    ["MS-ASEMAIL_R702"],
    [flag(...active, ...dates, element("Tasks:ReminderSet", "1"))],
  ),
  refusal(
    "conversation-id",
    "ConversationId in a Change gets Status 6.",
    ["MS-ASEMAIL_R347"],
    [element("Email2:ConversationId", Buffer.alloc(16, 7))],
    since("14.0"),
  ),
  refusal(
    "sender",
    "Sender in a Change gets Status 6.",
    ["MS-ASEMAIL_R723"],
    [element("Email2:Sender", "eve@conformance.invalid")],
    since("14.0"),
  ),
  refusal(
    "received-as-bcc",
    "ReceivedAsBcc in a Change gets Status 6.",
    ["MS-ASEMAIL_R648"],
    [element("Email2:ReceivedAsBcc", "1")],
    since("14.0"),
  ),
  refusal(
    "caller-id",
    "UmCallerID in a Change gets Status 6.",
    ["MS-ASEMAIL_R817"],
    [element("Email2:UmCallerID", "5550100")],
    since("14.0"),
  ),
  refusal(
    "user-notes",
    "UmUserNotes in a Change gets Status 6.",
    ["MS-ASEMAIL_R835"],
    [element("Email2:UmUserNotes", "mine")],
    since("14.0"),
  ),
  {
    id: "mail-changes/no-categories",
    says: "A message without categories has an empty Categories.",
    spec: ["MS-ASEMAIL_R318"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const data = await added(device, t);
      const found = t.found(named(data, "Email:Categories"), "Categories");
      t.equal("MS-ASEMAIL_R318", children(found).length, 0, "what is in it");
    },
  },
  {
    id: "mail-changes/categories",
    says: "Categories that are set on one device are on the other: a Change of Categories alone.",
    spec: ["MS-ASEMAIL_R96"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { change, told } = await share(device, t);
      t.equal("", await change(categories("Work", "Zu erledigen")), 1, "Status");
      const changes = await told();
      t.equal("MS-ASEMAIL_R96", tagsOf(changes), ["Change", "Email:Categories"], "what is told");
      t.equal("", listOf(changes[0]?.data ?? [], "Email:Categories").toSorted(), ["Work", "Zu erledigen"], "names");
    },
  },
  {
    id: "mail-changes/categories-removed",
    says: "An empty Categories takes all of them away.",
    spec: ["MS-ASEMAIL_R319"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { change, told } = await share(device, t);
      await change(categories("Work"));
      t.given((await told()).length === 1, "the category is set");
      t.equal("", await change(categories()), 1, "Status");
      const [told1] = await told();
      t.equal("MS-ASEMAIL_R319", listOf(t.found(told1, "a Change").data, "Email:Categories"), [], "names");
    },
  },
  {
    id: "mail-changes/categories-left-alone",
    says: "A Change without Categories leaves them.",
    spec: ["MS-ASEMAIL_R320"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { change } = await share(device, t);
      await change(categories("Work"));
      await change(read("1"));
      const late = t.device();
      const seen = t.found(withSubject(late, await mailFolder(late, t, "inbox"), subjectOf(t)), "a new device sees it");
      t.equal("MS-ASEMAIL_R320", listOf(seen.data, "Email:Categories"), ["Work"], "names");
    },
  },
  {
    id: "mail-changes/categories-leave-the-rest",
    says: "A Change of Categories alone leaves Read and everything else.",
    spec: ["MS-ASCMD_R5826"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { change } = await share(device, t);
      await change(read("1"));
      await change(categories("Work"));
      const late = t.device();
      const seen = t.found(withSubject(late, await mailFolder(late, t, "inbox"), subjectOf(t)), "a new device sees it");
      t.equal("MS-ASCMD_R5826", valueOf(seen.data, "Email:Read"), "1", "Read");
    },
  },
  ...(
    [
      [
        "flag-and-categories",
        "Flag and Categories",
        "MS-ASEMAIL_R10600",
        [flag(...active, ...dates), categories("Work")],
      ],
      ["read-and-categories", "Read and Categories", "MS-ASEMAIL_R10608", [read("1"), categories("Work")]],
      [
        "all-three",
        "Read, Flag and Categories",
        "MS-ASEMAIL_R104",
        [read("1"), flag(...active, ...dates), categories("Work")],
      ],
    ] as const
  ).map(
    ([name, what, spec, data]): Case => ({
      id: `mail-changes/${name}`,
      says: `What changed is told together: ${what}.`,
      spec: [spec],
      level: "MUST",
      versions: since("14.0"),
      async run(device, t) {
        const { change, told } = await share(device, t);
        t.equal("", await change(...data), 1, "Status");
        const expected = ["Change", ...data.map((one) => one.name)].toSorted();
        t.equal(spec, tagsOf(await told()).toSorted(), expected, "what is told");
      },
    }),
  ),
  {
    id: "mail-changes/of-what-is-gone",
    says: "A Change of a message that is no more there gets Status 8.",
    spec: ["MS-ASCMD_R4447"],
    level: "MUST",
    async run(device, t) {
      const { change, other, serverId, inbox } = await share(device, t);
      await other.remove(other.folder(inbox.id), serverId, { deletesAsMoves: false });
      t.equal("MS-ASCMD_R4447", await change(read("1")), 8, "Status");
    },
  },
  {
    id: "mail-changes/deleted-elsewhere",
    says: "A message that one device deletes is taken from the other.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { inbox, serverId, told } = await share(device, t);
      t.equal("", (await device.remove(inbox, serverId)).status, 1, "Status");
      const kinds = (await told()).map((one) => [one.kind, one.serverId]);
      t.equal("", kinds, [["Delete", serverId]], "what the other is told");
    },
  },
];
