/** What the demo shows: a phone's first minutes, step by step. Each step says what happened, or throws. */
import { setTimeout as pause } from "node:timers/promises";
import type { Item } from "../../conformance/device/collections.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element, type QName, text } from "../../src/wire/element.ts";
import { askServer, listMembers, readMember, writeMember } from "../servers/members.ts";
import { marta } from "./contacts.ts";
import { dentist, movedDentist } from "./events.ts";
import { unfold } from "./fold.ts";
import { createOtherMailClient } from "./mail.ts";
import { managedPhoneSteps } from "./managed-phone.ts";
import type { Stage } from "./stage.ts";
import { expect, type Step } from "./step.ts";

const rosa = "rosa@example.org";
const newNumber = "+49 170 555 9999";
/** Milliseconds for what should take a fraction of a second. */
const patience = 10_000;

/** The steps, in order; each needs the ones before it. */
export function createWalk(stage: Stage): { readonly steps: readonly Step[]; readonly end: () => Promise<void> } {
  const { radicale, filled } = stage;
  const home = `/${radicale.user}`;
  const phone = createPhone(stage, "14.1");
  const newer = createPhone(stage, "16.1");
  const mails = createOtherMailClient(stage);

  const steps: Step[] = [
    {
      says: "The phone asks what the gateway speaks (OPTIONS)",
      act: async () => {
        const { versions, commands, reply } = await phone.options();
        expect(reply.status === 200, `the gateway answers with HTTP ${reply.status}`);
        expect(versions.includes("14.1"), `14.1 is not among ${versions.join(", ")}`);
        return `versions ${versions.join(", ")}; ${commands.length} commands`;
      },
    },
    {
      says: "It gets a policy, which asks for nothing (Provision)",
      act: async () => {
        await phone.provision();
        return `policy key ${phone.policyKey}`;
      },
    },
    {
      says: "It asks which folders there are (FolderSync)",
      act: async () => {
        await phone.folderSync();
        return phone.folders.map(({ name }) => name).join(", ");
      },
    },
    {
      says: "First Sync of the contacts",
      act: async () => {
        const { requests } = await phone.sync(phone.folder("Contacts"), { window: 25 });
        const known = phone.items(phone.folder("Contacts")).size;
        expect(known === filled.contacts, `${known} of ${filled.contacts} contacts arrived`);
        return `${known} people in ${requests} requests`;
      },
    },
    {
      says: "First Sync of the calendar, three months back",
      act: async () => {
        const { requests } = await phone.sync(phone.folder("Calendar"), { window: 25, filterType: 6 });
        const known = phone.items(phone.folder("Calendar")).size;
        expect(known === filled.events, `${known} of ${filled.events} entries arrived`);
        return `${known} entries in ${requests} requests`;
      },
    },
    {
      says: "Nothing changed: one more Sync",
      act: async () => {
        const { changes, reply } = await phone.sync(phone.folder("Contacts"));
        expect(changes.length === 0, `${changes.length} changes came where there were none`);
        return `an answer of ${reply.octets} octets`;
      },
    },
    {
      says: "Marta gets a new number on the phone; it appears in Radicale",
      act: async () => {
        const before = unfold(await readMember(radicale, `${home}/contacts/${marta}`));
        const item = itemWith(phone, "Contacts", "Contacts:LastName", "Lindqvist");
        const { status } = await phone.change(phone.folder("Contacts"), item.serverId, withNumber(item));
        expect(status === 1, `the phone's edit was answered with Status ${status}`);
        const after = unfold(await readMember(radicale, `${home}/contacts/${marta}`));
        const gone = before.filter((line) => !after.includes(line));
        const added = after.filter((line) => !before.includes(line));
        expect(
          added.some((line) => line.endsWith(newNumber)),
          `Radicale has no ${newNumber}: ${added.join(" | ")}`,
        );
        const strange = [...gone, ...added].filter((line) => !/^(TEL|REV)\b/.test(line));
        expect(strange.length === 0, `other lines changed too: ${strange.join(" | ").slice(0, 300)}`);
        return `1 number changed, ${after.length - added.length} other lines untouched, photo included`;
      },
    },
    {
      says: "A new appointment on the phone; it appears in Radicale",
      act: async () => {
        const before = await listMembers(radicale, `${home}/calendar/`);
        await phone.add(phone.folder("Calendar"), appointment(phone));
        const added = (await listMembers(radicale, `${home}/calendar/`)).filter((href) => !before.includes(href));
        expect(added.length === 1, `${added.length} new entries in Radicale`);
        const stored = await readMember(radicale, added[0] ?? "");
        expect(/^SUMMARY:Made on the phone\r?$/m.test(stored), "the new entry has another subject");
        return `one new file, ${stored.length} octets`;
      },
    },
    {
      says: "The dentist is moved in Radicale; the waiting phone wakes (Ping) and has it",
      act: async () => {
        const calendar = phone.folder("Calendar");
        const waiting = phone.ping([calendar], 300);
        await untilWaiting(stage);
        const stored = await readMember(radicale, `${home}/calendar/${dentist}`);
        const moved = movedDentist(stored);
        expect(moved !== stored, "the entry in Radicale is not the one that was put there");
        const began = performance.now();
        await writeMember(radicale, `${home}/calendar/${dentist}`, moved);
        const { status, folders } = await waiting;
        const woken = performance.now() - began;
        expect(status === 2 && folders.includes(calendar.id), `Ping was answered with Status ${status}`);
        const before = startOf(itemWith(phone, "Calendar", "Calendar:Subject", "Dentist"));
        await phone.sync(calendar);
        const after = startOf(itemWith(phone, "Calendar", "Calendar:Subject", "Dentist"));
        expect(hourOf(after) === hourOf(before) + 1, `it starts ${after} on the phone, was ${before}`);
        return `woken ${Math.round(woken)} ms after the change, on the phone after ${Math.round(performance.now() - began)} ms`;
      },
    },
    {
      says: "A newer phone (16.1, other query form) joins the same account",
      act: async () => {
        await newer.provision();
        await newer.folderSync();
        await newer.sync(newer.folder("Calendar"), { filterType: 6 });
        const item = itemWith(newer, "Calendar", "Calendar:Subject", "Dentist");
        const known = newer.items(newer.folder("Calendar")).size;
        expect(known === filled.events + 1, `${known} of ${filled.events + 1} entries arrived`);
        expect(
          item.data.some(({ name }) => name === "AirSyncBase:Location"),
          "the place is not where 16.1 has it",
        );
        return `${known} entries, its own keys and form`;
      },
    },
    {
      says: "What the newer phone deletes, the older one loses as well",
      act: async () => {
        const { serverId } = itemWith(newer, "Calendar", "Calendar:Subject", "Made on the phone");
        const waiting = phone.ping([phone.folder("Calendar")], 300);
        await untilWaiting(stage);
        const { status } = await newer.remove(newer.folder("Calendar"), serverId);
        expect(status === 1, `the Delete was answered with Status ${status}`);
        expect((await waiting).status === 2, "the older phone was not woken");
        const { changes } = await phone.sync(phone.folder("Calendar"));
        expect(
          changes.some(({ kind }) => kind === "Delete"),
          "no Delete reached the older phone",
        );
        return "deleted, woken, gone";
      },
    },
    {
      says: "The newer phone makes a task list, and a task in it; another client ticks it off",
      act: async () => {
        const { status } = await newer.changeFolder("FolderCreate", { parent: "0", name: "Errands", type: 15 });
        expect(status === 1, `FolderCreate was answered with Status ${status}`);
        const errands = newer.folder("Errands");
        await newer.sync(errands);
        await newer.add(errands, errand("Buy flowers"));
        const [href = ""] = (await filesOf(radicale, home)).filter((name) => name.endsWith(".ics"));
        const stored = await readMember(radicale, href);
        await writeMember(radicale, href, stored.replace("END:VTODO", "STATUS:COMPLETED\r\nEND:VTODO"));
        await newer.sync(errands);
        const done = valueOf(itemWith(newer, "Errands", "Tasks:Subject", "Buy flowers").data, "Tasks:Complete");
        expect(done === "1", `Complete is ${done} on the phone`);
        return "a collection of its own in Radicale, done on the phone";
      },
    },
    {
      says: "The older phone moves a task there, and writes a note",
      act: async () => {
        await phone.folderSync();
        const [tasks, errands, notes] = [phone.folder("Tasks"), phone.folder("Errands"), phone.folder("Notes")];
        for (const folder of [tasks, errands, notes]) await phone.sync(folder);
        const { serverId } = await phone.add(tasks, errand("Water them"));
        const { moves } = await phone.moveItems(tasks, [serverId], errands);
        expect(moves[0]?.status === 3, `MoveItems was answered with Status ${moves[0]?.status}`);
        for (const folder of [tasks, errands]) await phone.sync(folder);
        expect(phone.items(errands).size === 2, `${phone.items(errands).size} errands on the phone`);
        const { status } = await phone.add(notes, [
          element("Notes:Subject", "Flowers"),
          element("Notes:MessageClass", "IPM.StickyNote"),
        ]);
        expect(status === 1, `the note was answered with Status ${status}`);
        return "two errands there, none left behind; the note is a VJOURNAL";
      },
    },
    {
      says: "A mail arrives in Dovecot; the waiting phone wakes and has it",
      act: async () => {
        const inbox = phone.folder(2);
        await phone.sync(inbox, { filterType: 3, bodyPreferences: [{ type: 1, truncationSize: 500 }] });
        const waiting = phone.ping([inbox], 300);
        await untilWaiting(stage);
        const began = performance.now();
        await mails.deliver("Sunday", "Shall we go rowing on Sunday? Rosa");
        const { status } = await waiting;
        expect(status === 2, `Ping was answered with Status ${status}`);
        const woken = performance.now() - began;
        await phone.sync(inbox);
        const { data } = itemWith(phone, "Inbox", "Email:Subject", "Sunday");
        const body = data.find(({ name }) => name === "AirSyncBase:Body");
        expect(JSON.stringify(body).includes("rowing"), "the mail has no text on the phone");
        return `woken ${Math.round(woken)} ms after it was stored, on the phone after ${Math.round(performance.now() - began)} ms`;
      },
    },
    {
      says: "It is answered on the phone; the answer is sent once, and kept in Sent",
      act: async () => {
        const inbox = phone.folder(2);
        const { serverId } = itemWith(phone, "Inbox", "Email:Subject", "Sunday");
        const answer = [`From: ${radicale.user}`, `To: ${rosa}`, "Subject: Re: Sunday", "", "With pleasure!", ""];
        const { status } = await phone.smartReply(Buffer.from(answer.join("\r\n")), {
          source: { folder: inbox.id, item: serverId },
          saveInSent: true,
        });
        expect(status === 1, `SmartReply was answered with Status ${status}`);
        const [sent, ...others] = await stage.smtp.received();
        expect(others.length === 0 && sent !== undefined, "it was not sent once");
        expect(sent.recipients.join() === rosa, `it went to ${sent.recipients.join()}`);
        expect(sent.message.includes("rowing"), "what it answers is not quoted");
        expect((await mails.flagsOfNewest("Sent"))?.includes("\\Seen") === true, "there is no copy in Sent");
        expect((await mails.flagsOfNewest("INBOX"))?.includes("\\Answered") === true, "it is not marked as answered");
        return `sent to ${sent.recipients.join()} with what it answers; a copy in Sent, the mail marked as answered`;
      },
    },
    {
      says: "The mail is flagged, read and deleted on the phone; Dovecot has it in the trash, flagged and seen",
      act: async () => {
        const inbox = phone.folder(2);
        const { serverId } = itemWith(phone, "Inbox", "Email:Subject", "Sunday");
        const flag = element("Email:Flag", [
          element("Email:Status", 2),
          element("Email:FlagType", "Flag for follow up"),
        ]);
        const read = await phone.change(inbox, serverId, [element("Email:Read", "1"), flag]);
        expect(read.status === 1, `the Change was answered with Status ${read.status}`);
        const isMarked = (flags: readonly string[] = []) => flags.includes("\\Seen") && flags.includes("\\Flagged");
        expect(isMarked(await mails.flagsOfNewest("INBOX")), "it is not seen and flagged in Dovecot");
        const { status } = await phone.remove(inbox, serverId);
        expect(status === 1, `the Delete was answered with Status ${status}`);
        expect((await mails.flagsOfNewest("INBOX")) === undefined, "it is still in the inbox");
        expect(isMarked(await mails.flagsOfNewest("Trash")), "it is not in the trash");
        return "flagged, seen, moved, not lost";
      },
    },
  ];
  const managed = managedPhoneSteps(stage, newer);
  return {
    steps: [...steps, ...managed.steps],
    end: async () => {
      managed.end();
      phone.close();
      newer.close();
      await mails.end();
    },
  };
}

function createPhone({ url, radicale }: Stage, version: Version): Device {
  return createDevice({
    url,
    user: radicale.user,
    password: radicale.password,
    version,
    queryForm: version === "14.1" ? "plain" : "base64",
    deviceType: "DemoPhone",
    gzip: true,
  });
}

function itemWith(phone: Device, folder: string, name: QName, value: string): Item {
  const items = [...phone.items(phone.folder(folder)).values()];
  const found = items.find(({ data }) => data.some((of) => of.name === name && text(of) === value));
  if (found === undefined) throw new Error(`the phone has no ${name} ${value}`);
  return found;
}

/** As a phone of 14.1 does it: the whole contact, but for what only the server says. */
function withNumber({ data }: Item): readonly Element[] {
  const kept = data.filter(({ name }) => name.startsWith("Contacts") && name !== "Contacts:MobilePhoneNumber");
  return [...kept, element("Contacts:MobilePhoneNumber", newNumber)];
}

function appointment(phone: Device): readonly Element[] {
  const model = itemWith(phone, "Calendar", "Calendar:Subject", "Dentist");
  const zone = model.data.find(({ name }) => name === "Calendar:Timezone");
  return [
    ...(zone ? [zone] : []),
    element("Calendar:StartTime", startOf(model)),
    element("Calendar:EndTime", endOf(model)),
    element("Calendar:DtStamp", startOf(model)),
    element("Calendar:UID", "0400000082-demo-made-on-the-phone"),
    element("Calendar:Subject", "Made on the phone"),
    element("Calendar:AllDayEvent", "0"),
    element("Calendar:BusyStatus", "2"),
    element("Calendar:Sensitivity", "0"),
    element("Calendar:Reminder", "10"),
  ];
}

function errand(subject: string): readonly Element[] {
  return [element("Tasks:Subject", subject), element("Tasks:Importance", 1), element("Tasks:Complete", 0)];
}

/** Files in collections other than those that the demo began with. */
async function filesOf(radicale: Stage["radicale"], home: string): Promise<readonly string[]> {
  const answer = await askServer(radicale, "PROPFIND", `${home}/`, { Depth: "1" });
  const paths = [...answer.matchAll(/<(?:\w+:)?href>([^<]+)<\/(?:\w+:)?href>/g)].map(([, path = ""]) => path);
  const made = paths.filter((path) => path !== `${home}/` && !/\/(?:calendar|contacts)\/$/.test(path));
  return (await Promise.all(made.map((path) => listMembers(radicale, path)))).flat();
}

function startOf({ data }: Item): string {
  return valueOf(data, "Calendar:StartTime");
}

function endOf({ data }: Item): string {
  return valueOf(data, "Calendar:EndTime");
}

function valueOf(data: readonly Element[], name: QName): string {
  const found = data.find((of) => of.name === name);
  return found === undefined ? "" : text(found);
}

function hourOf(time: string): number {
  return Number(/T(\d\d)/.exec(time)?.[1]);
}

/** Until the phone's Ping has reached the gateway. */
async function untilWaiting({ gateway }: Stage): Promise<void> {
  const deadline = performance.now() + patience;
  while (gateway.hub.waiting === 0) {
    expect(performance.now() < deadline, "the phone's Ping does not wait");
    await pause(5);
  }
}
