/** Files of a mail that are larger than what one answer may hold in memory: octet for octet, in every form. */
import { createHash, randomBytes } from "node:crypto";
import { readdir, readlink } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { readMultipart } from "../../src/protocol/multipart.ts";
import { children, type Element, element, text } from "../../src/wire/element.ts";
import { type TwinWorld, twinWorld } from "./twin-world.ts";

const content = randomBytes(6_000_001);
const small = Buffer.from("0123456789");

function withFiles(): Buffer {
  const file = (name: string, octets: Buffer) => [
    "--b",
    "Content-Type: application/x-file",
    `Content-Disposition: attachment; filename="${name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    ...(octets.toString("base64").match(/.{1,76}/g) ?? []),
  ];
  return Buffer.from(
    [
      "From: rosa@example.org",
      "Subject: files",
      "MIME-Version: 1.0",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      ...["--b", "Content-Type: text/plain", "", "See the files."],
      ...file("large", content),
      ...file("small", small),
      "--b--",
      "",
    ].join("\r\n"),
  );
}

const all = (elements: readonly Element[], name: Element["name"]): readonly Element[] =>
  elements.flatMap((one) => (one.name === name ? [one] : all(children(one), name)));
const digest = (octets: Uint8Array | undefined) =>
  createHash("sha256")
    .update(octets ?? "")
    .digest("hex");

async function setUp(version: "2.5" | "12.1" | "14.1" | "16.1"): Promise<{
  readonly world: TwinWorld;
  readonly phone: Device;
  /** Of the large one, and of the small one. */
  readonly references: readonly string[];
}> {
  const world = await twinWorld();
  await world.other.append("INBOX", withFiles(), []);
  const phone = await world.phone(version);
  await phone.sync(phone.folder(2));
  const [item] = phone.items(phone.folder(2)).values();
  const name = version === "2.5" ? "Email:AttName" : "AirSyncBase:FileReference";
  return { world, phone, references: all(item?.data ?? [], name).map(text) };
}

const fetches = (references: readonly string[], range?: string) =>
  element(
    "ItemOperations:ItemOperations",
    references.map((reference) =>
      element("ItemOperations:Fetch", [
        element("ItemOperations:Store", "Mailbox"),
        element("AirSyncBase:FileReference", reference),
        range === undefined ? undefined : element("ItemOperations:Options", [element("ItemOperations:Range", range)]),
      ]),
    ),
  );

let before: readonly string[];
const spools = async () => (await readdir(tmpdir())).filter((name) => /^isthmus-.{6}$/.test(name));
beforeAll(async () => {
  before = await spools();
});
afterAll(async () => {
  expect((await spools()).filter((name) => !before.includes(name))).toEqual([]);
});

describe.each(["12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("they come in the document, together and in part", async () => {
    const { phone, references } = await setUp(version);
    const { body } = await phone.send("ItemOperations", fetches([...references, references[0] ?? ""]));
    const data = all(body ? [body] : [], "ItemOperations:Data").map((one) => Buffer.from(text(one), "base64"));
    expect(data.map(digest)).toEqual([content, small, content].map(digest));
    const part = await phone.send("ItemOperations", fetches(references.slice(0, 1), "1000-5400999"));
    const [some] = all(part.body ? [part.body] : [], "ItemOperations:Data");
    expect(digest(Buffer.from(text(some ?? element("ItemOperations:Data")), "base64"))).toBe(
      digest(content.subarray(1_000, 5_401_000)),
    );
    expect(all(part.body ? [part.body] : [], "ItemOperations:Total").map(text)).toEqual([String(content.length)]);
  });

  it("they come beside it", async () => {
    const { phone, references } = await setUp(version);
    const asked = { headers: { "MS-ASAcceptMultiPart": "T" } };
    const { bytes } = await phone.send("ItemOperations", fetches(references), { acceptMultiPart: true, ...asked });
    expect(readMultipart(bytes).slice(1).map(digest)).toEqual([content, small].map(digest));
  });
});

it.each(["2.5", "12.1"] as const)("they come by their name in %s, with their length", async (version) => {
  const { world, phone, references } = await setUp(version);
  const query = new URLSearchParams({
    Cmd: "GetAttachment",
    User: "anna",
    DeviceId: phone.deviceId,
    DeviceType: "Test",
    AttachmentName: references[0] ?? "",
  });
  const url = `${world.gateway.url}/Microsoft-Server-ActiveSync?${query.toString()}`;
  const headers = {
    Authorization: `Basic ${Buffer.from("anna:geheim").toString("base64")}`,
    "MS-ASProtocolVersion": version,
    "X-MS-PolicyKey": phone.policyKey ?? "0",
  };
  const answer = await fetch(url, { method: "POST", headers });
  expect(answer.headers.get("content-length")).toBe(String(content.length));
  expect(answer.headers.get("content-type")).toBe("application/x-file");
  expect(digest(new Uint8Array(await answer.arrayBuffer()))).toBe(digest(content));

  // A phone that hangs up in the middle leaves no file open.
  await new Promise<void>((resolve) => {
    const asked = request(url, { method: "POST", headers: { ...headers, "Content-Length": "0" } }, (broken) => {
      broken.once("data", () => {
        broken.destroy();
        resolve();
      });
    });
    asked.end();
  });
  await expect.poll(openSpools).toBe(0);
});

/** Files without a name that this process holds open. */
async function openSpools(): Promise<number> {
  const descriptors = await readdir("/proc/self/fd");
  const paths = await Promise.all(descriptors.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => "")));
  return paths.filter((path) => /isthmus-.{6}\/file \(deleted\)$/.test(path)).length;
}
