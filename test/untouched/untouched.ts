/**
 * A phone changes one field of what other programs stored. Every other line of what the gateway then writes is the
 * stored one, octet for octet; and what the server makes of it is what it makes of the same text from anybody.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { body } from "../../conformance/cases/samples.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { askServer, listMembers, readMember } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { type ClassName, type ForeignText, foreignTexts } from "./texts.ts";

/** What the phone edits, and the properties that are of that field. */
interface Edit {
  readonly name: string;
  fields(version: Version): Element;
  readonly own: RegExp;
  /** Of a meeting, only its organizer may say it. */
  readonly isOrganizers?: boolean;
  /** Texts that say so already, so that there is nothing to write. */
  readonly saidBy?: readonly string[];
}

const value = "Edited by a phone";
const subject = (page: "Calendar" | "Tasks" | "Notes"): Edit => ({
  name: "Subject",
  fields: () => element(`${page}:Subject`, value),
  own: /^SUMMARY$/,
  isOrganizers: true,
});
const bodyOf = (page: "Contacts" | "Calendar" | "Tasks", own: RegExp): Edit => ({
  name: "Body",
  fields: (version) => body(version, page, value),
  own,
  isOrganizers: true,
});

const edits: Readonly<Record<ClassName, readonly [Edit, ...Edit[]]>> = {
  Contacts: [
    { name: "JobTitle", fields: () => element("Contacts:JobTitle", value), own: /^TITLE$/ },
    { name: "CarPhoneNumber", fields: () => element("Contacts:CarPhoneNumber", "+49 1"), own: /^TEL$/ },
    bodyOf("Contacts", /^NOTE$/),
  ],
  Calendar: [
    subject("Calendar"),
    bodyOf("Calendar", /^(DESCRIPTION|X-ALT-DESC)$/),
    {
      name: "BusyStatus",
      fields: () => element("Calendar:BusyStatus", "3"),
      own: /^(TRANSP|X-MICROSOFT-CDO-.*)$/,
      saidBy: ["fixture-calendar-outlook-monthly"],
    },
  ],
  Tasks: [
    subject("Tasks"),
    bodyOf("Tasks", /^(DESCRIPTION|X-ALT-DESC)$/),
    {
      name: "Importance",
      fields: () => element("Tasks:Importance", "0"),
      own: /^(PRIORITY|X-EAS-IMPORTANCE)$/,
      saidBy: ["fixture-tasks-tasks-org-weekly", "tasks-nextcloud-subtask"],
    },
  ],
  Notes: [
    subject("Notes"),
    {
      name: "Body",
      fields: () => element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", value)]),
      own: /^(DESCRIPTION|X-ALT-DESC)$/,
    },
  ],
};

/** Every write renews these. */
const stamps = /^(LAST-MODIFIED|DTSTAMP|REV|SEQUENCE)$/;

const folderTypes: Readonly<Record<ClassName, number>> = { Contacts: 9, Calendar: 8, Tasks: 7, Notes: 10 };

export interface UntouchedOptions {
  readonly name: string;
  start(): Promise<TestServer>;
  /** Protocol versions, and which edit of each class is tried in it. */
  readonly cases: readonly (readonly [Version, 0 | 1 | 2])[];
  /** Names of texts that the server does not take from anybody. */
  readonly refused: readonly string[];
  /** The server says which addresses are the user's, so that meetings of others are told apart. */
  readonly knowsAddresses: boolean;
  /** A property that its REPORT tells in another way than its GET. */
  readonly reportsOtherwise?: string;
}

export function describeUntouched(options: UntouchedOptions): void {
  describe(`a phone's edit on ${options.name}`, () => {
    let server: TestServer;
    let recorder: Recorder;
    let gateway: TestGateway;
    beforeAll(async () => {
      server = await options.start();
      recorder = await startRecorder(server.url);
      gateway = await startTestGateway({ dav: recorder.url, settings: { zone: "Europe/Berlin" } });
    });
    afterAll(async () => {
      await gateway?.end();
      await recorder?.stop();
      await server?.stop();
    });

    it.each(options.cases)("in %s, field %i: every other line stays", { timeout: 240_000 }, async (version, index) => {
      const texts = foreignTexts.filter((text) => text.class !== "Notes" || atLeast(version, "14.0"));
      const refused: string[] = [];
      const stored = new Map<string, string>();
      for (const text of texts) {
        const href = hrefOf(server, text);
        try {
          await write(server, href, text.text);
          stored.set(href, await read(server, href, text.text));
        } catch {
          refused.push(text.name);
        }
      }
      const names = new Set(texts.map(({ name }) => name));
      expect(refused.toSorted()).toEqual(options.refused.filter((name) => names.has(name)).toSorted());

      const device = createDevice({
        url: gateway.url,
        user: server.user,
        password: server.password,
        version,
        queryForm: "plain",
      });
      await device.folderSync();
      recorder.puts.clear();
      const classes = [...new Set(texts.map((text) => text.class))];
      for (const className of classes) await device.sync(device.folder(folderTypes[className]));
      for (const className of classes) await editAll(device, className, editOf(className, index));
      device.close();

      const unedited: string[] = [];
      const wrong: unknown[] = [];
      for (const text of texts) {
        const href = hrefOf(server, text);
        const before = stored.get(href);
        if (before === undefined) continue;
        const put = recorder.puts.get(href)?.toString("utf8");
        if (put === undefined) {
          unedited.push(text.name);
          continue;
        }
        const { own } = editOf(text.class, index);
        const others = (lines: readonly string[]) =>
          lines.filter((line) => {
            const name = nameOf(line);
            return !own.test(name) && !stamps.test(name) && name !== options.reportsOtherwise;
          });
        // What comes in XML has lost its line ends, and a text is written with those of its standard.
        const [kept, there] = [others(linesOf(withCrlf(before))), others(linesOf(put))];
        if (JSON.stringify(kept) !== JSON.stringify(there))
          wrong.push({ name: text.name, of: "the PUT", ...difference(kept, there) });
        const after = await read(server, href, put);
        const elsewhere = href.replace(/(\.\w+)$/, "-again$1");
        await readMember(server, href, "DELETE");
        await write(server, elsewhere, put);
        const again = await read(server, elsewhere, put);
        if (withCrlf(again) !== withCrlf(after))
          wrong.push({
            name: text.name,
            of: "the same text from another",
            ...difference(linesOf(after), linesOf(again)),
          });
      }
      for (const path of [server.calendar, server.contacts]) {
        for (const href of await listMembers(server, path)) await readMember(server, href, "DELETE");
      }
      expect(wrong).toEqual([]);
      const { isOrganizers } = editOf("Calendar", index);
      const meetings = options.knowsAddresses && isOrganizers ? meetingsOfOthers : [];
      const said = classes.flatMap((className) => editOf(className, index).saidBy ?? []);
      const expected = [...uneditable, ...meetings, ...said].filter((name) => !options.refused.includes(name));
      expect(unedited.toSorted()).toEqual(expected.toSorted());
    });
  });
}

/** vCard 2.1 is read, and not written. */
const uneditable = ["fixture-contacts-vcard21"];
const meetingsOfOthers = ["fixture-calendar-google-invited", "fixture-calendar-orphan-instances"];

function editOf(className: ClassName, index: number): Edit {
  const all = edits[className];
  return all[index % all.length] ?? all[0];
}

/** One request for all items of the class. */
async function editAll(device: Device, className: ClassName, edit: Edit): Promise<void> {
  const folder = device.folder(folderTypes[className]);
  const isPartial = className === "Calendar" && atLeast(device.version, "16.0");
  const fresh = edit.fields(device.version);
  const commands = [...device.items(folder)].map(([serverId, { data }]): Command => {
    const rest = isPartial ? [] : data.filter(({ name }) => name !== fresh.name);
    return { kind: "Change", serverId, data: [...rest, fresh] };
  });
  const { status } = await device.sync(folder, { commands });
  expect(status).toBe(1);
}

function hrefOf(server: TestServer, { name, class: className }: ForeignText): string {
  return className === "Contacts" ? `${server.contacts}${name}.vcf` : `${server.calendar}${name}.ics`;
}

function write(server: TestServer, href: string, text: string): Promise<string> {
  const type = href.endsWith(".vcf") ? "text/vcard" : "text/calendar";
  return askServer(server, "PUT", href, { "Content-Type": `${type}; charset=utf-8` }, text);
}

/** In the version that it is stored in: some servers convert cards unless asked not to. */
function read(server: TestServer, href: string, text: string): Promise<string> {
  const version = /^VERSION:(.*?)\r?$/m.exec(text)?.[1] ?? "";
  return askServer(server, "GET", href, href.endsWith(".vcf") ? { Accept: `text/vcard; version=${version}` } : {});
}

/** Content lines as they stand: folds and line ends included. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n(?:[ \t][^\n]*(?:\n|$))*|[^\n]+$/g) ?? [];
}

function nameOf(line: string): string {
  const unfolded = line.replace(/\r?\n[ \t]/g, "");
  return (/^(?:[\w-]+\.)?([\w-]+)/.exec(unfolded)?.[1] ?? "").toUpperCase();
}

function withCrlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

function difference(before: readonly string[], after: readonly string[]) {
  return {
    gone: before.filter((line) => !after.includes(line)).slice(0, 5),
    come: after.filter((line) => !before.includes(line)).slice(0, 5),
  };
}
