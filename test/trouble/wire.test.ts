import net from "node:net";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { readSync, statusOf } from "../../conformance/device/answers.ts";
import type { Reply } from "../../conformance/device/device.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { EasError } from "../../src/errors.ts";
import { formatBase64Query } from "../../src/protocol/request-line.ts";
import { requestOctets } from "../../src/schema/limits.ts";
import { status } from "../../src/schema/status.ts";
import { versions } from "../../src/schema/versions.ts";
import { errorReply } from "../../src/server/respond.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { startTestGateway } from "../gateway/start.ts";
import { endLater, type MemoryWorld, memoryWorld, phoneOf, surprises } from "./world.ts";

let here: MemoryWorld;

beforeEach(async () => {
  here = await memoryWorld();
});

const folderSync = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]);

/** The gateway is in order after whatever was sent to it. */
async function expectAlive(): Promise<void> {
  const phone = here.phone();
  expect((await phone.folderSync()).status).toBe(1);
  expect((await phone.sync(phone.folder(9))).status).toBe(1);
}

/** Octets as they are, over a socket of their own; the whole answer as text. */
function raw(octets: string | Buffer, halfClose = false): Promise<string> {
  const { hostname, port } = new URL(here.gateway.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(octets);
      if (halfClose) socket.end();
    });
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
      // Every answer of ours has its length; none of these has a body.
      if (text.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

function authorization(user: string, password: string, encoding: "utf8" | "latin1" = "utf8"): string {
  return `Basic ${Buffer.from(`${user}:${password}`, encoding).toString("base64")}`;
}

const head = (line: string, more: readonly string[] = []): string =>
  [
    line,
    "Host: x",
    `Authorization: ${authorization("anna", "geheim")}`,
    "MS-ASProtocolVersion: 14.1",
    ...more,
    "",
    "",
  ].join("\r\n");
const endpoint = "/Microsoft-Server-ActiveSync";
const query = "Cmd=FolderSync&User=anna&DeviceId=D1&DeviceType=T";

describe("a body that is no document", () => {
  const whole = encode(folderSync);
  const bodies: readonly { readonly name: string; readonly octets: Buffer }[] = [
    { name: "cut in the header", octets: whole.subarray(0, 3) },
    { name: "cut in a string", octets: whole.subarray(0, whole.length - 4) },
    { name: "cut before the last END", octets: whole.subarray(0, whole.length - 1) },
    { name: "followed by more", octets: Buffer.concat([whole, whole]) },
    { name: "XML", octets: Buffer.from('<?xml version="1.0"?><FolderSync/>') },
    { name: "with a string table", octets: Buffer.from("03016a0461626300", "hex") },
    {
      name: "nested 100,000 deep",
      octets: Buffer.concat([Buffer.from("03016a000007", "hex"), Buffer.alloc(100_000, 0x56)]),
    },
    { name: "an OPAQUE of 4 GiB", octets: Buffer.from("03016a00000756c38fffffff7f", "hex") },
    {
      name: "a million empty elements",
      octets: Buffer.concat([Buffer.from("03016a00000756", "hex"), Buffer.alloc(1_000_000, 0x12)]),
    },
  ];

  it.each(bodies)("$name is Status 102 from 14.0 on, and 400 before", async ({ octets }) => {
    for (const version of ["14.0", "16.1"] as const) {
      const reply = await here.phone({ version }).send("FolderSync", octets);
      expect([reply.status, statusOf(reply)]).toEqual([200, 102]);
    }
    for (const version of ["2.5", "12.1"] as const) {
      expect((await here.phone({ version }).send("FolderSync", octets)).status).toBe(400);
    }
    await expectAlive();
  });

  it("is never an error of ours, whatever the octets", async () => {
    const phone = here.phone({ strict: false });
    const commands = ["Sync", "FolderSync", "GetItemEstimate", "Settings", "Ping", "ItemOperations", "Provision"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...commands),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.boolean(),
        async (command, octets, begins) => {
          const body = begins ? Buffer.concat([Buffer.from("03016a00", "hex"), octets]) : Buffer.from(octets);
          const reply = await phone.send(command, body);
          expect(reply.status).toBe(200);
          expect(statusOf(reply)).not.toBe(110);
        },
      ),
      { numRuns: 300 },
    );
    expect(surprises(here.lines)).toEqual([]);
    await expectAlive();
  });
});

describe("a document that is none of the command", () => {
  /** What each command says to a document of another one. */
  const answers: readonly (readonly [command: string, status: number])[] = [
    ["Sync", 4],
    ["FolderSync", 10],
    ["GetItemEstimate", 103],
    ["Settings", 2],
    ["Ping", 4],
    ["ItemOperations", 2],
    ["Provision", 2],
  ];

  it.each(answers)("%s says Status %i to another command's root", async (command, expected) => {
    const stranger = command === "Ping" ? folderSync : element("Ping:Ping", [element("Ping:HeartbeatInterval", 60)]);
    const reply = await here.phone().send(command, stranger);
    expect([reply.status, statusOf(reply)]).toEqual([200, expected]);
  });

  it("is 400 before 14.0 where its Status is above 100", async () => {
    const reply = await here.phone({ version: "12.1" }).send("GetItemEstimate", folderSync);
    expect(reply.status).toBe(400);
  });

  it.each(["12.1", "14.1", "16.1"] as const)(
    "in %s is never an error of ours, however it is mangled",
    async (version) => {
      const phone = here.phone({ version });
      await phone.folderSync();
      const kinds = [
        { folder: phone.folder(9), data: someContact },
        { folder: phone.folder(8), data: someEvent },
      ];
      for (const { folder, data } of kinds) await phone.add(folder, data);
      const keys = new Map(kinds.map(({ folder }) => [folder.id, phone.key(folder)]));
      const documents = kinds.flatMap(({ folder, data }) => {
        const [item = ""] = phone.items(folder).keys();
        return Array.from(
          { length: 6 },
          (_, which) => () => lawful({ id: folder.id, key: keys.get(folder.id) ?? "0", item, data })[which],
        );
      });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...documents),
          fc.array(mangling, { minLength: 1, maxLength: 4 }),
          async (make, manglings) => {
            const document = make();
            if (!document) throw new Error("no document");
            let { body } = document;
            for (const mangle of manglings) body = mangled(body, mangle);
            const reply = await phone.send(document.command, encode(body));
            expect([200, 400]).toContain(reply.status);
            expect(statusOf(reply)).not.toBe(110);
            for (const { id, status: code, key } of readSync(reply).collections) {
              if (key !== undefined && code === 1) keys.set(id, key);
            }
          },
        ),
        { numRuns: 250 },
      );
      expect(surprises(here.lines)).toEqual([]);
      await expectAlive();
    },
  );
});

const someContact = [
  element("Contacts:FirstName", "A"),
  element("Contacts:Birthday", "20000101T000000.000Z"),
  element("Contacts:Categories", [element("Contacts:Category", "c")]),
  element("Contacts:Picture", "R0lGODlhAQABAAAAACw="),
  element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", "note")]),
];
const someEvent = [
  element("Calendar:StartTime", "20261124T100000Z"),
  element("Calendar:EndTime", "20261124T110000Z"),
  element("Calendar:Subject", "S"),
  element("Calendar:Reminder", 15),
  element("Calendar:Attendees", [
    element("Calendar:Attendee", [element("Calendar:Email", "b@example.org"), element("Calendar:Name", "B")]),
  ]),
  element("Calendar:Recurrence", [
    element("Calendar:Type", 1),
    element("Calendar:Interval", 1),
    element("Calendar:DayOfWeek", 4),
    element("Calendar:Occurrences", 5),
  ]),
  element("Calendar:Exceptions", [
    element("Calendar:Exception", [
      element("Calendar:ExceptionStartTime", "20261201T100000Z"),
      element("Calendar:Subject", "Other"),
    ]),
  ]),
];

interface Mangling {
  readonly at: number;
  readonly how: "drop" | "twice" | "reverse" | "rename" | "text" | "empty" | "wrap";
  /** Which of `strangers`. */
  readonly stranger: number;
  readonly text: string;
}

const strangers: readonly QName[] = [
  "AirSync:SyncKey",
  "AirSync:Add",
  "AirSync:Options",
  "AirSyncBase:Body",
  "Calendar:Email",
  "Calendar:Exception",
  "Contacts:Picture",
  "Page40:0x05",
];
const mangling = fc.record<Mangling>({
  at: fc.nat(60),
  how: fc.constantFrom("drop", "twice", "reverse", "rename", "text", "empty", "wrap"),
  stranger: fc.nat(strangers.length - 1),
  text: fc.constantFrom("", "0", "-1", "1e9", "99999999999999999999", "x".repeat(301), "20261301T990000Z", "__proto__"),
});

/** One node of the document, counted from the root, changed. */
function mangled(root: Element, { at, how, stranger, text }: Mangling): Element {
  const name = strangers[stranger] ?? root.name;
  let left = at;
  const walk = (of: Element): readonly Element[] => {
    if (left-- === 0) {
      switch (how) {
        case "drop":
          return [];
        case "twice":
          return [of, of];
        case "reverse":
          return [Array.isArray(of.content) ? { ...of, content: of.content.toReversed() } : of];
        case "rename":
          return [{ ...of, name }];
        case "text":
          return [element(of.name, text)];
        case "empty":
          return [{ name: of.name, content: undefined }];
        case "wrap":
          return [{ name, content: [of] }];
      }
    }
    return [Array.isArray(of.content) ? { ...of, content: of.content.flatMap((inner: Element) => walk(inner)) } : of];
  };
  return walk(root)[0] ?? root;
}

interface Subject {
  readonly id: string;
  readonly key: string;
  readonly item: string;
  readonly data: readonly Element[];
}

/** What a phone may send about a folder and an item that it has. */
function lawful({ id, key, item, data }: Subject): readonly { readonly command: string; readonly body: Element }[] {
  const collection = element("AirSync:Collection", [
    element("AirSync:SyncKey", key),
    element("AirSync:CollectionId", id),
    element("AirSync:GetChanges"),
    element("AirSync:WindowSize", 5),
    element("AirSync:Options", [
      element("AirSync:FilterType", 0),
      element("AirSyncBase:BodyPreference", [
        element("AirSyncBase:Type", 1),
        element("AirSyncBase:TruncationSize", 100),
      ]),
      element("AirSync:Conflict", 1),
    ]),
    element("AirSync:Commands", [
      element("AirSync:Change", [element("AirSync:ServerId", item), element("AirSync:ApplicationData", data)]),
      element("AirSync:Add", [element("AirSync:ClientId", "1"), element("AirSync:ApplicationData", data)]),
      element("AirSync:Delete", [element("AirSync:ServerId", `${id}:1`)]),
    ]),
  ]);
  const estimated = element("GetItemEstimate:Collection", [
    element("AirSync:SyncKey", key),
    element("GetItemEstimate:CollectionId", id),
  ]);
  const fetched = element("ItemOperations:Fetch", [
    element("ItemOperations:Store", "Mailbox"),
    element("AirSync:CollectionId", id),
    element("AirSync:ServerId", item),
    element("ItemOperations:Options", [element("AirSyncBase:BodyPreference", [element("AirSyncBase:Type", 1)])]),
  ]);
  const policy = element("Provision:Policy", [element("Provision:PolicyType", "MS-EAS-Provisioning-WBXML")]);
  const collections = element("AirSync:Collections", [collection]);
  return [
    { command: "Sync", body: element("AirSync:Sync", [collections, element("AirSync:WindowSize", 10)]) },
    { command: "FolderSync", body: folderSync },
    {
      command: "GetItemEstimate",
      body: element("GetItemEstimate:GetItemEstimate", [element("GetItemEstimate:Collections", [estimated])]),
    },
    { command: "ItemOperations", body: element("ItemOperations:ItemOperations", [fetched]) },
    {
      command: "Provision",
      body: element("Provision:Provision", [
        element("Settings:DeviceInformation", [element("Settings:Set", [element("Settings:Model", "x")])]),
        element("Provision:Policies", [policy]),
      ]),
    },
    {
      command: "Settings",
      body: element("Settings:Settings", [element("Settings:UserInformation", [element("Settings:Get")])]),
    },
  ];
}

describe("a Collection", () => {
  const key = element("AirSync:SyncKey", "0");
  const collections: readonly { readonly name: string; readonly make: (id: Element) => readonly Element[] }[] = [
    { name: "with CollectionId before SyncKey", make: (id) => [id, key] },
    {
      name: "with WindowSize before GetChanges",
      make: (id) => [key, id, element("AirSync:WindowSize", 5), element("AirSync:GetChanges", "0")],
    },
    {
      name: "with Options before WindowSize",
      make: (id) => [key, id, element("AirSync:Options"), element("AirSync:WindowSize", 5)],
    },
    { name: "with SyncKey twice", make: (id) => [key, id, key] },
    { name: "without CollectionId", make: () => [key] },
    { name: "without SyncKey", make: (id) => [id] },
    { name: "with a tag of no page", make: (id) => [key, id, element("Page40:0x05", "x")] },
    { name: "with a tag that its page lacks", make: (id) => [key, id, element("AirSync:0x3E", "x")] },
    { name: "with another command's tag", make: (id) => [key, id, element("Ping:Ping")] },
    { name: "with GetChanges 1 and key 0", make: (id) => [key, id, element("AirSync:GetChanges", "1")] },
    { name: "with a WindowSize that is no number", make: (id) => [key, id, element("AirSync:WindowSize", "many")] },
    {
      name: "with BodyPreference out of order",
      make: (id) => [
        key,
        id,
        element("AirSync:Options", [
          element("AirSyncBase:BodyPreference", [
            element("AirSyncBase:TruncationSize", 5),
            element("AirSyncBase:Type", 1),
          ]),
        ]),
      ],
    },
  ];

  it.each(collections)("$name is Status 4", async ({ make }) => {
    const phone = here.phone();
    await phone.folderSync();
    const id = element("AirSync:CollectionId", phone.folder(9).id);
    const body = element("AirSync:Sync", [element("AirSync:Collections", [element("AirSync:Collection", make(id))])]);
    const reply = await phone.send("Sync", body);
    expect([reply.status, statusOf(reply)]).toEqual([200, 4]);
  });
});

const coded = (coding: string) => ({ headers: { "Content-Encoding": coding } });

describe("a body's coding and size", () => {
  it("takes a gzip body, and refuses one that is none, is cut, or is coded otherwise", async () => {
    const phone = here.phone();
    const packed = gzipSync(encode(folderSync));
    expect(statusOf(await phone.send("FolderSync", packed, coded("gzip")))).toBe(1);
    expect(statusOf(await phone.send("FolderSync", packed, coded("GZIP")))).toBe(1);
    expect((await phone.send("FolderSync", encode(folderSync), coded("gzip"))).status).toBe(400);
    expect((await phone.send("FolderSync", packed.subarray(0, -9), coded("gzip"))).status).toBe(400);
    for (const coding of ["br", "deflate", "gzip, gzip", "zstd"]) {
      expect((await phone.send("FolderSync", packed, coded(coding))).status).toBe(501);
    }
    await expectAlive();
  });

  it("refuses a bomb long before it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    const reply = await here.phone().send("FolderSync", bomb, { headers: { "Content-Encoding": "gzip" } });
    expect(reply.status).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
    await expectAlive();
  });

  it("answers 413 to a length beyond the limit before anything of it came", async () => {
    const answer = await raw(head(`POST ${endpoint}?${query} HTTP/1.1`, [`Content-Length: ${requestOctets + 1}`]));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    await expectAlive();
  });

  it("survives a phone that hangs up in the middle of its request", async () => {
    const answer = await raw(`${head(`POST ${endpoint}?${query} HTTP/1.1`, ["Content-Length: 500"])}half`, true);
    expect(answer === "" || answer.startsWith("HTTP/1.1 400 ")).toBe(true);
    await expectAlive();
  });

  it("takes a body with OPTIONS, and one that is empty with FolderSync, as nothing", async () => {
    const answer = await raw(`${head(`OPTIONS ${endpoint} HTTP/1.1`, ["Content-Length: 5"])}hello`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(statusOf(await here.phone().send("FolderSync"))).toBe(10);
    expect(statusOf(await here.phone().send("Sync"))).toBe(13);
    expect(statusOf(await here.phone().send("Ping"))).toBe(3);
  });
});

describe("a request line", () => {
  const lines: readonly {
    readonly name: string;
    readonly line: string;
    readonly http: number;
    readonly headers?: readonly string[];
  }[] = [
    { name: "without a query", line: `POST ${endpoint} HTTP/1.1`, http: 400 },
    { name: "with an empty query", line: `POST ${endpoint}? HTTP/1.1`, http: 400 },
    { name: "without a command", line: `POST ${endpoint}?User=anna&DeviceId=D&DeviceType=T HTTP/1.1`, http: 400 },
    { name: "without a device id", line: `POST ${endpoint}?Cmd=FolderSync&User=anna&DeviceType=T HTTP/1.1`, http: 400 },
    { name: "of 9,000 characters", line: `POST ${endpoint}?${query}&X=${"x".repeat(9_000)} HTTP/1.1`, http: 400 },
    { name: "in broken base64", line: `POST ${endpoint}?jAAJ* HTTP/1.1`, http: 400 },
    { name: "in base64 that ends early", line: `POST ${endpoint}?jAAJBAp2MTQ HTTP/1.1`, http: 400 },
    {
      name: "with a command that is not served",
      line: `POST ${endpoint}?Cmd=MeetingResponse&User=anna&DeviceId=D&DeviceType=T HTTP/1.1`,
      http: 501,
    },
    {
      name: "with a command that does not exist",
      line: `POST ${endpoint}?Cmd=Dance&User=anna&DeviceId=D&DeviceType=T HTTP/1.1`,
      http: 501,
    },
    {
      name: "with a command of an object's prototype",
      line: `POST ${endpoint}?Cmd=constructor&User=anna&DeviceId=D&DeviceType=T HTTP/1.1`,
      http: 501,
    },
    { name: "by GET", line: `GET ${endpoint}?${query} HTTP/1.1`, http: 405 },
    { name: "by PUT", line: `PUT ${endpoint}?${query} HTTP/1.1`, http: 405 },
    { name: "to another path", line: `POST /Microsoft-Server?${query} HTTP/1.1`, http: 404 },
    { name: "below the path", line: `POST ${endpoint}/x?${query} HTTP/1.1`, http: 404 },
    { name: "to the root, which is the portal's", line: "GET / HTTP/1.1", http: 302 },
    { name: "to the change hook, which is not configured", line: "POST /hooks/changed HTTP/1.1", http: 404 },
  ];

  it.each(lines)("$name is HTTP $http", async ({ line, http }) => {
    const answer = await raw(head(line, ["Content-Length: 0"]));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${http} \\S`));
    expect(answer).toMatch(/\r\nContent-Length: 0\r\n/);
  });

  it("names what it takes to a method that it does not", async () => {
    expect(await raw(head(`GET ${endpoint}?${query} HTTP/1.1`))).toMatch(/\r\nAllow: OPTIONS, POST\r\n/);
  });

  it.each([
    ["no version", undefined, 400],
    ["an unknown version", "15.0", 501],
    ["a version of the future", "17.0", 501],
    ["version 1.0", "1.0", 501],
    ["nonsense for a version", "latest", 501],
  ] as const)("with %s is refused", async (_name, version, http) => {
    const headers = { "MS-ASProtocolVersion": version ?? "" };
    expect((await here.phone().send("FolderSync", folderSync, { headers })).status).toBe(http);
  });

  it.each([
    endpoint,
    "/microsoft-server-activesync",
    "/MICROSOFT-SERVER-ACTIVESYNC",
    "/Microsoft-Server-ActiveSync/",
    "http://gateway.example/Microsoft-Server-ActiveSync",
  ])("finds %s", async (path) => {
    expect(statusOf(await here.phone().send("FolderSync", folderSync, { path }))).toBe(1);
  });

  it("takes parameters in any order, case and encoding", async () => {
    for (const one of [
      "DeviceType=T&DeviceId=D2&User=anna&Cmd=FolderSync",
      "cmd=foldersync&user=anna&deviceid=D2&devicetype=T",
      "Cmd=Folder%53ync&User=an%6Ea&DeviceId=D2&DeviceType=T",
      "Cmd=FolderSync&User=%E9%FC&DeviceId=D2&DeviceType=T",
    ]) {
      expect(statusOf(await here.phone().send("FolderSync", folderSync, { query: one }))).toBe(1);
    }
  });

  it("takes base64 in every alphabet, padded or not", async () => {
    // Octets whose base64 holds both letters in which the alphabets differ.
    const line = { command: "FolderSync", deviceId: "?>~?>~?>~?>~", deviceType: "?>~?>~?", user: "anna" } as const;
    const standard = formatBase64Query({ ...line, version: "14.1" });
    expect(standard).toMatch(/\+.*=$/);
    expect(standard).toContain("/");
    const phone = here.phone();
    const forms = [
      standard,
      standard.replace(/=+$/, ""),
      encodeURIComponent(standard),
      Buffer.from(standard, "base64").toString("base64url"),
    ];
    for (const query64 of forms) {
      const reply = await phone.send("FolderSync", folderSync, {
        query: query64,
        headers: { "MS-ASProtocolVersion": "" },
      });
      expect(statusOf(reply)).toBe(1);
    }
    expect(
      new Set(here.lines.filter(({ message }) => message === "command").map(({ fields }) => fields.device)),
    ).toEqual(new Set(["?>~?>~?>~?>~"]));
  });

  it("believes the version header rather than the octet", async () => {
    const odd = formatBase64Query({
      command: "FolderSync",
      deviceId: "D",
      deviceType: "T",
      version: "14.1",
      versionOctet: 0x91,
    });
    expect(
      statusOf(
        await here.phone().send("FolderSync", folderSync, { query: odd, headers: { "MS-ASProtocolVersion": "14.1" } }),
      ),
    ).toBe(1);
  });

  it.each([
    ["a".repeat(64), 200],
    ["a".repeat(65), 400],
    ["a,b", 400],
    ["a b", 400],
    ["a\tb", 400],
    ["é", 400],
    ["", 400],
    ["../../etc/passwd", 200],
    ["__proto__", 200],
    ["constructor", 200],
    ["a/b%2F:{}\"'", 200],
  ] as const)("with the device id %j is HTTP %i", async (deviceId, http) => {
    const reply = await here.phone({ deviceId }).send("FolderSync", folderSync);
    expect(reply.status).toBe(http);
  });

  it("keeps the states of devices apart, whatever their ids look like", async () => {
    const ids = ["a", "A", "a/", "a/b", 'a"', "a\u007e0"];
    const keys: string[] = [];
    for (const deviceId of ids) {
      const phone = here.phone({ deviceId });
      await phone.folderSync();
      keys.push(phone.folderKey);
      for (const other of keys.slice(0, -1)) expect((await phone.folderSync({ key: other })).status).toBe(9);
    }
  });
});

describe("a login", () => {
  const sets = [
    {
      name: "one",
      domains: ["one.example", "ONE"],
      dav: { url: "http://127.0.0.1:1/" },
      login: { backslash: "{user}", at: "{user}" },
    },
    {
      name: "two",
      domains: ["two.example"],
      dav: { url: "http://127.0.0.1:1/" },
      login: { backslash: "{domain}-{user}", at: "{user}@{domain}" },
    },
    { name: "rest", dav: { url: "http://127.0.0.1:1/" } },
  ];

  async function gatewayOfThree() {
    const gateway = await startTestGateway({
      settings: { backends: sets },
      parts: {
        backends: new Map([
          ["one", createMemoryBackend({ users: { anna: "1" } })],
          ["two", createMemoryBackend({ users: { "two.example-anna": "2", "anna@two.example": "2" } })],
          ["rest", createMemoryBackend({ users: { anna: "3", "anna@else.example": "3", "$&": "3" } })],
        ]),
      },
    });
    endLater(() => gateway.end());
    return gateway;
  }

  it.each([
    ["anna@one.example", "1", 200],
    ["anna@ONE.example", "1", 200],
    ["one\\anna", "1", 200],
    ["one.example\\anna", "1", 200],
    ["two.example\\anna", "2", 200],
    ["anna@two.example", "2", 200],
    ["anna", "3", 200],
    ["\\anna", "3", 200],
    ["anna@else.example", "3", 200],
    ["else\\anna", "3", 200],
    ["else\\$&", "3", 200],
    ["anna", "1", 401],
    ["anna@one.example", "3", 401],
    ["two.example\\anna@one.example", "1", 401],
    ["constructor", "3", 401],
  ] as const)("of %s with %s is HTTP %i", async (user, password, http) => {
    const gateway = await gatewayOfThree();
    const reply = await phoneOf(gateway.url, { user, password }).send("FolderSync", folderSync);
    expect(reply.status).toBe(http);
  });

  it("is the same account however it is typed, and another one on another server", async () => {
    const gateway = await gatewayOfThree();
    const ids = async (user: string, password: string) => {
      const phone = phoneOf(gateway.url, { user, password });
      await phone.folderSync();
      return phone.folder(9).id;
    };
    expect(await ids("one\\anna", "1")).toBe(await ids("anna@one.example", "1"));
    expect(await ids("anna", "3")).not.toBe(await ids("one\\anna", "1"));
  });

  it("has its password in UTF-8 or ISO-8859-1", async () => {
    const gateway = await startTestGateway({ memory: { users: { jürgen: "pässwörd", anna: "€" } } });
    endLater(() => gateway.end());
    const login = async (Authorization: string) =>
      (await phoneOf(gateway.url).send("FolderSync", folderSync, { headers: { Authorization } })).status;
    expect(await login(authorization("jürgen", "pässwörd"))).toBe(200);
    expect(await login(authorization("jürgen", "pässwörd", "latin1"))).toBe(200);
    expect(await login(authorization("anna", "€"))).toBe(200);
    expect(await login(authorization("jürgen", "password", "latin1"))).toBe(401);
  });

  it.each([
    ["none", "", 401],
    ["of another kind", "Bearer abc", 401],
    ["without a colon", `Basic ${Buffer.from("anna").toString("base64")}`, 401],
    ["without a name", authorization("", "geheim"), 401],
    ["that is no base64", "Basic !!!", 401],
    ["with a wrong password", authorization("anna", "falsch"), 401],
    ["with an empty password", authorization("anna", ""), 401],
    ["with a colon in the password", authorization("anna", "geheim:x"), 401],
    ["with a line end in the name", authorization("anna\r\nX: y", "geheim"), 400],
    ["with a NUL in the name", authorization("anna\u0000", "geheim"), 400],
    ["of 2,000 characters", authorization("a".repeat(2_000), "geheim"), 400],
  ] as const)("%s is HTTP %#", async (_name, header, http) => {
    for (const reply of [
      await here.phone().send("FolderSync", folderSync, { headers: { Authorization: header } }),
      await here
        .phone()
        .options({ headers: { Authorization: header } })
        .then((answer) => answer.reply),
    ]) {
      expect(reply.status).toBe(http);
      if (http === 401) expect(challenge(reply)).toMatch(/^Basic realm="[^"]+", charset="UTF-8"$/);
    }
  });

  it("leaves neither password nor header in the log", async () => {
    await here.phone({ password: "falsch-geheim" }).send("FolderSync", folderSync);
    await here.phone().send("FolderSync", folderSync);
    const text = JSON.stringify(here.lines, (_, value: unknown) => (value instanceof Error ? `${value.stack}` : value));
    expect(text).not.toContain("falsch-geheim");
    expect(text).not.toContain(authorization("anna", "geheim").slice(6));
  });
});

function challenge(reply: Reply): string | undefined {
  return reply.header("WWW-Authenticate");
}

describe("a Status above 100", () => {
  const common = Object.values(status.common);

  it.each(versions.filter((version) => Number(version) < 14))("is its HTTP status in %s, or 400", (version) => {
    for (const row of common) {
      const reply = errorReply(new EasError(row.value, "x"), "Sync", version);
      expect([row.value, reply.status, reply.body]).toEqual([row.value, "http" in row ? row.http : 400, undefined]);
    }
  });

  it.each(versions.filter((version) => Number(version) >= 14))("stands in the document in %s", (version) => {
    for (const { value } of common) {
      const reply = errorReply(new EasError(value, "x"), "Sync", version);
      expect(reply.status).toBe(200);
      expect(reply.body).toEqual(encode(element("AirSync:Sync", [element("AirSync:Status", value)])));
    }
  });
});
