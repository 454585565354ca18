import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSync } from "../../conformance/device/answers.ts";
import {
  createDevice,
  type Device,
  type DeviceOptions,
  DeviceTimeout,
  DeviceViolation,
  ResponseDropped,
} from "../../conformance/device/device.ts";
import { child, childText, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";
import { adds, collection, folderList, type Scripted, type ScriptedServer, startScriptedServer } from "./scripted.ts";

let server: ScriptedServer;
let devices: Device[];

beforeEach(async () => {
  server = await startScriptedServer();
  devices = [];
});
afterEach(async () => {
  for (const device of devices) device.close();
  await server.stop();
});

function phone(options: Partial<DeviceOptions> = {}): Device {
  const device = createDevice({
    url: server.url,
    user: "anna",
    password: "geheim",
    deviceId: "phone1",
    deviceType: "Phone",
    version: "14.1",
    queryForm: "plain",
    timeout: 5_000,
    ...options,
  });
  devices.push(device);
  return device;
}

async function listed(options: Partial<DeviceOptions> = {}): Promise<Device> {
  server.script({ body: folderList() });
  const device = phone(options);
  await device.folderSync();
  return device;
}

const broken: readonly { readonly name: string; readonly answer: Scripted; readonly says: RegExp }[] = [
  {
    name: "a charset behind the type",
    answer: { headers: { "Content-Type": "application/vnd.ms-sync.wbxml; charset=utf-8" }, body: folderList() },
    says: /Content-Type: type: .*charset.*MS-ASHTTP_R219/,
  },
  { name: "no length", answer: { body: folderList(), chunked: true }, says: /Content-Length: missing.*MS-ASHTTP_R212/ },
  { name: "an empty answer without length", answer: { chunked: true }, says: /Content-Length: missing/ },
  {
    name: "a header in small letters",
    answer: { headers: { "content-type": "application/vnd.ms-sync.wbxml" }, body: folderList() },
    says: /content-type: case: instead of Content-Type/,
  },
  {
    name: "another public identifier",
    answer: { body: Buffer.concat([Buffer.of(3, 4), encode(folderList()).subarray(2)]) },
    says: /body: prefix: begins 03046a00/,
  },
  {
    name: "a body cut short",
    answer: { body: encode(folderList()).subarray(0, 30) },
    says: /body: wbxml: the document ends early/,
  },
  { name: "text instead of WBXML", answer: { body: Buffer.from("<html>") }, says: /body: wbxml/ },
  {
    name: "compression that was not asked for",
    answer: { headers: { "Content-Encoding": "gzip" }, body: folderList() },
    says: /Content-Encoding: coding: gzip was not asked for.*MS-ASHTTP_R198/,
  },
  {
    name: "a missing element",
    answer: { body: element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", 1)]) },
    says: /FolderHierarchy:FolderSync: missing: FolderHierarchy:Status is not there \(MS-ASCMD_R2703\)/,
  },
  {
    name: "another command's document",
    answer: { body: element("Ping:Ping", [element("Ping:Status", 1)]) },
    says: /Ping:Ping: root/,
  },
];

describe("a strict device", () => {
  it.each(broken)("catches $name", async ({ answer, says }) => {
    server.script(answer);
    await expect(phone().folderSync()).rejects.toThrow(says);
    await expect(phone().folderSync()).rejects.toBeInstanceOf(DeviceViolation);
  });

  it("catches more in an OPTIONS answer", async () => {
    server.script({ headers: { "MS-ASProtocolVersions": "14.1, 2.5" } });
    const refused = phone().options();
    await expect(refused).rejects.toThrow(
      /MS-ASProtocolVersions: list: .*MS-ASProtocolCommands: missing: .*MS-ASHTTP_R1107/,
    );
    server.script({ headers: { "MS-ASProtocolVersions": "14.1,2.5", "MS-ASProtocolCommands": "Sync" } });
    await expect(phone().options()).rejects.toThrow(/do not ascend/);
  });

  it("tells a listener instead, and goes on", async () => {
    const told: DeviceViolation[] = [];
    server.script({ body: folderList(), chunked: true });
    const { added } = await phone({ strict: (violation) => told.push(violation) }).folderSync();
    expect(added).toHaveLength(1);
    expect(told.map(({ command, violations }) => [command, violations[0]?.spec])).toEqual([
      ["FolderSync", "MS-ASHTTP_R212"],
    ]);
  });

  it("ignores everything when it is not strict, and finds nothing in a sound answer", async () => {
    server.script({ body: Buffer.from("<html>") });
    expect((await phone({ strict: false }).send("FolderSync")).body).toBeUndefined();
    server.script({ body: folderList() });
    expect((await phone().folderSync()).status).toBe(1);
  });
});

describe("the request line", () => {
  it("writes the plain form with the version and the policy key in headers, and no key with Ping", async () => {
    const device = await listed();
    server.script({ body: provision("1111") }, { body: provision("2222") }, { body: folderList("2") });
    await device.provision();
    await device.folderSync();
    expect(server.seen.at(-1)?.url).toBe(
      "/Microsoft-Server-ActiveSync?Cmd=FolderSync&User=anna&DeviceId=phone1&DeviceType=Phone",
    );
    expect(server.seen.map(({ headers }) => headers["x-ms-policykey"])).toEqual([undefined, "0", "1111", "2222"]);
    expect(server.seen.at(-1)?.headers["ms-asprotocolversion"]).toBe("14.1");
    server.script({ body: element("Ping:Ping", [element("Ping:Status", 1)]) });
    await device.ping([device.folder("Contacts")], 60);
    expect(server.seen.at(-1)?.headers["x-ms-policykey"]).toBeUndefined();
  });

  it("writes the base64 form octet by octet, and no such headers", async () => {
    server.script({ body: folderList() });
    const device = phone({ queryForm: "base64", version: "16.1" });
    await device.folderSync();
    const query = server.seen[0]?.url.split("?")[1] ?? "";
    const octets = [161, 9, 0x09, 0x04, 6, ...Buffer.from("phone1"), 0, 5, ...Buffer.from("Phone")];
    expect([...Buffer.from(query, "base64")]).toEqual(octets);
    expect(server.seen[0]?.headers["ms-asprotocolversion"]).toBeUndefined();
    server.script({ body: provision("287454020") }, { body: provision("287454021") }, { body: folderList("2") });
    await device.provision();
    await device.folderSync();
    const keyed = [...Buffer.from(server.seen.at(-1)?.url.split("?")[1] ?? "", "base64")];
    expect(keyed.slice(11, 16)).toEqual([4, 0x45, 0x33, 0x22, 0x11]);
  });

  it("has no base64 form before 12.1", () => {
    expect(() => phone({ version: "12.0", queryForm: "base64" })).toThrow(RangeError);
  });

  it("sends credentials in UTF-8 and octets as they are", async () => {
    server.script({ body: folderList() });
    await phone({ user: "änna", password: "pä:ß" }).send("FolderSync", Buffer.of(1, 2, 3));
    const [scheme, token = ""] = server.seen[0]?.headers.authorization?.split(" ") ?? [];
    expect([scheme, Buffer.from(token, "base64").toString("utf8")]).toEqual(["Basic", "änna:pä:ß"]);
    expect([...(server.seen[0]?.body ?? [])]).toEqual([1, 2, 3]);
  });

  it("gives HTTP errors back as answers", async () => {
    server.script({ status: 503, headers: { "Retry-After": "60" } });
    const reply = await phone().send("FolderSync", element("FolderHierarchy:FolderSync"));
    expect([reply.status, reply.header("retry-after"), reply.body]).toEqual([503, "60", undefined]);
  });
});

describe("a lost answer", () => {
  it("is thrown away unread, and the same octets are sent again", async () => {
    const device = await listed();
    const folder = device.folder("Contacts");
    const result = element("AirSync:Responses", [
      element("AirSync:Add", [
        element("AirSync:ClientId", "1"),
        element("AirSync:ServerId", "c:1"),
        element("AirSync:Status", 1),
      ]),
    ]);
    server.script({ body: collection("k1", 1) }, {}, { body: collection("k2", 1, [result]) });
    await device.sync(folder);
    device.dropNext();
    const data = [element("Contacts:LastName", "Berg")];
    await expect(device.add(folder, data, { clientId: "1" })).rejects.toBeInstanceOf(ResponseDropped);
    const answer = readSync(await device.repeat());
    expect(answer.collections[0]?.results[0]?.serverId).toBe("c:1");
    const [first, second] = server.seen.slice(-2);
    expect(second).toEqual(first);
    // What the repeat said is taken in as the first answer would have been.
    expect(device.key(folder)).toBe("k2");
    expect(device.items(folder).get("c:1")?.data).toEqual(data);
  });

  it("is asked for again at the address that comes next, and says whom it asks", async () => {
    const second = await startScriptedServer();
    second.script({ body: folderList("2") });
    try {
      const places = [server.url, `${second.url}/eas`];
      const asked: string[] = [];
      const address = () => places[asked.length % 2] ?? "";
      const device = await listed({ address, trace: ({ url }) => asked.push(url) });
      await device.repeat();
      expect(device.folderKey).toBe("2");
      expect(asked).toEqual(places);
      const [first, again] = [server.seen[0], second.seen[0]];
      expect(again?.body).toEqual(first?.body);
      expect(again?.headers.host).toBe(new URL(second.url).host);
      expect(again?.url.split("?")).toEqual(["/eas", first?.url.split("?")[1]]);
    } finally {
      await second.stop();
    }
  });

  it("times out, and can be given up", async () => {
    server.script({ silent: true });
    await expect(phone({ timeout: 50 }).folderSync()).rejects.toBeInstanceOf(DeviceTimeout);
    const controller = new AbortController();
    const waiting = phone().folderSync({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("a polite phone", () => {
  it("provisions when it is told to, once, and sends its request again", async () => {
    const needsPolicy = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:Status", 142)]);
    server.script({ body: needsPolicy }, { body: provision("1") }, { body: provision("2") }, { body: folderList() });
    const device = phone();
    expect((await device.folderSync()).status).toBe(1);
    expect(device.policyKey).toBe("2");
    expect(server.seen.map(({ url }) => /Cmd=(\w+)/.exec(url)?.[1])).toEqual([
      "FolderSync",
      "Provision",
      "Provision",
      "FolderSync",
    ]);
  });

  it("provisions after 449 as well", async () => {
    server.script({ status: 449 }, { body: provision("1") }, { body: provision("2") }, { body: folderList() });
    expect((await phone({ version: "12.1" }).folderSync()).status).toBe(1);
  });

  it("lists folders anew after Status 9", async () => {
    const device = await listed();
    const mismatch = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:Status", 9)]);
    server.script({ body: mismatch }, { body: folderList("7") });
    expect((await device.folderSync()).key).toBe("7");
    expect(device.folders).toHaveLength(1);
  });

  it("primes a collection, and follows MoreAvailable with the same window", async () => {
    const device = await listed();
    const folder = device.folder("Contacts");
    const more = element("AirSync:MoreAvailable");
    server.script(
      { body: collection("k1", 1) },
      { body: collection("k2", 1, [more, adds("1", "2")]) },
      { body: collection("k3", 1, [adds("3")]) },
    );
    const { changes, requests, key } = await device.sync(folder, { window: 2 });
    expect([changes.length, requests, key]).toEqual([3, 2, "k3"]);
    expect([...device.items(folder).keys()]).toEqual(["1", "2", "3"]);
    const sent = server.seen.slice(-3).map(({ body }) => collectionOf(body));
    expect(sent).toEqual([
      ["0", "2"],
      ["k1", "2"],
      ["k2", "2"],
    ]);
  });

  it("stops where more is announced under the same key", async () => {
    const device = await listed();
    const folder = device.folder("Contacts");
    server.script({ body: collection("k1", 1) }, { body: collection("k1", 1, [element("AirSync:MoreAvailable")]) });
    await expect(device.sync(folder)).rejects.toThrow(/MoreAvailable: progress/);
  });

  it("starts over after Status 3, and forgets what it had", async () => {
    const device = await listed();
    const folder = device.folder("Contacts");
    server.script({ body: collection("k1", 1) }, { body: collection("k2", 1, [adds("old")]) });
    await device.sync(folder);
    server.script(
      { body: collection("0", 3) },
      { body: collection("n1", 1) },
      { body: collection("n2", 1, [adds("new")]) },
    );
    const { status } = await device.sync(folder);
    expect(status).toBe(1);
    expect([...device.items(folder).keys()]).toEqual(["new"]);
  });

  it("sends one request for each call when it is not polite", async () => {
    const device = await listed({ polite: false });
    const folder = device.folder("Contacts");
    server.script({ body: collection("k1", 1, []) });
    expect((await device.sync(folder)).key).toBe("k1");
    expect(server.seen).toHaveLength(2);
  });

  it("keeps items as a phone shows them: changed, cleared, gone", async () => {
    const device = await listed();
    const folder = device.folder("Contacts");
    server.script({ body: collection("k1", 1) }, { body: collection("k2", 1, [adds("1", "2")]) });
    await device.sync(folder);
    const change = element("AirSync:Commands", [
      element("AirSync:Change", [
        element("AirSync:ServerId", "1"),
        element("AirSync:ApplicationData", [element("Contacts:LastName"), element("Contacts:FirstName", "Anna")]),
      ]),
      element("AirSync:Delete", [element("AirSync:ServerId", "2")]),
    ]);
    server.script({ body: collection("k3", 1, [change]) });
    await device.sync(folder);
    expect([...device.items(folder).values()]).toEqual([
      { serverId: "1", data: [element("Contacts:FirstName", "Anna")] },
    ]);
  });
});

function provision(key: string) {
  return element("Provision:Provision", [
    element("Provision:Status", 1),
    element("Provision:Policies", [
      element("Provision:Policy", [
        element("Provision:PolicyType", "MS-EAS-Provisioning-WBXML"),
        element("Provision:Status", 1),
        element("Provision:PolicyKey", key),
      ]),
    ]),
  ]);
}

/** SyncKey and WindowSize of the only collection of a request. */
function collectionOf(body: Buffer): (string | undefined)[] {
  const collections = child(decode(body), "AirSync:Collections");
  const one = collections && child(collections, "AirSync:Collection");
  return one ? [childText(one, "AirSync:SyncKey"), childText(one, "AirSync:WindowSize")] : [];
}
