/** The HTTP layer: OPTIONS, the two query forms, headers, status codes (MS-ASHTTP). */
import { formatBase64Query } from "../../../src/protocol/request-line.ts";
import { since } from "../../../src/schema/versions.ts";
import { multiPartType, wbxmlType } from "../../device/check.ts";
import { folderSyncRequest } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { wrongPassword } from "../samples.ts";

const list = folderSyncRequest("0");

export const httpCases: readonly Case[] = [
  {
    id: "http/options-names-versions-and-commands",
    says: "OPTIONS is answered with the protocol versions and the commands, each as a list with commas.",
    spec: ["MS-ASHTTP_R1107", "MS-ASHTTP_R247", "MS-ASHTTP_R249"],
    level: "MUST",
    async run(device, t) {
      const { versions, commands, reply } = await device.options();
      t.equal("", reply.status, 200, "status");
      t.ok("MS-ASHTTP_R1107", versions.length > 0 && commands.length > 0, "both headers are there");
      t.ok(
        "MS-ASHTTP_R249",
        versions.every((version) => /^\d+\.\d$/.test(version)),
        "versions are of the known form",
      );
      t.ok("MS-ASHTTP_R249", versions.includes(t.version), `${t.version}, which works, is named`);
      t.ok(
        "MS-ASHTTP_R247",
        ["FolderSync", "Sync"].every((name) => commands.includes(name)),
        "Sync and FolderSync are named",
      );
    },
  },
  {
    id: "http/options-has-no-body",
    says: "OPTIONS is answered without a body, and says so.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const { reply } = await device.options();
      t.equal("", reply.octets, 0, "octets of the body");
      t.equal("", reply.header("Content-Length"), "0", "Content-Length");
    },
  },
  {
    id: "http/options-needs-credentials",
    says: "OPTIONS without an Authorization header is refused.",
    spec: ["MS-ASHTTP_R2371", "MS-ASHTTP_R178"],
    level: "SHOULD",
    async run(device, t) {
      const { reply } = await device.options({ headers: { Authorization: "" } });
      t.equal(["MS-ASHTTP_R2371", "MS-ASHTTP_R178"], reply.status, 401, "status");
    },
  },
  {
    id: "http/no-credentials-is-401",
    says: "A command without credentials is answered with 401 and a challenge.",
    spec: ["MS-ASHTTP_R178"],
    level: "MUST",
    async run(device, t) {
      const reply = await device.send("FolderSync", list, { headers: { Authorization: "" } });
      t.equal("MS-ASHTTP_R178", reply.status, 401, "status");
      t.ok("", reply.header("WWW-Authenticate") !== undefined, "a challenge tells what is wanted (RFC 9110 §11.6.1)");
    },
  },
  {
    id: "http/wrong-password-is-401",
    says: "Credentials that are refused are answered with 401.",
    spec: ["MS-ASHTTP_R523"],
    level: "MUST",
    async run(_device, t) {
      const reply = await t.device({ password: wrongPassword }).send("FolderSync", list);
      t.equal("MS-ASHTTP_R523", reply.status, 401, "status");
    },
  },
  {
    id: "http/unknown-path-is-404",
    says: "A path that is no ActiveSync server's is answered with 404.",
    spec: ["MS-ASHTTP_R182"],
    level: "MUST",
    async run(device, t) {
      const reply = await device.send("FolderSync", list, { path: `/${t.marker}` });
      t.equal("MS-ASHTTP_R182", reply.status, 404, "status");
    },
  },
  {
    id: "http/path-in-any-case",
    says: "Clients differ in how they write the path: any case works.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const reply = await device.send("FolderSync", list, { path: "/microsoft-server-ACTIVESYNC" });
      t.equal("", reply.status, 200, "status");
    },
  },
  {
    id: "http/plain-query",
    says: "The query may be plain text.",
    spec: ["MS-ASHTTP_R12"],
    level: "MUST",
    async run(_device, t) {
      const { status, added } = await t.device({ queryForm: "plain" }).folderSync();
      t.equal("MS-ASHTTP_R12", status, 1, "Status of FolderSync");
      t.ok("MS-ASHTTP_R12", added.length > 0, "folders come");
    },
  },
  {
    id: "http/base64-query-means-the-same",
    says: "The query may be base64, and means the same as the plain one.",
    spec: ["MS-ASHTTP_R426"],
    level: "MUST",
    versions: since("12.1"),
    async run(_device, t) {
      const plain = await t.device({ queryForm: "plain" }).folderSync();
      const packed = await t.device({ queryForm: "base64" }).folderSync();
      t.equal("MS-ASHTTP_R426", packed.status, 1, "Status of FolderSync");
      t.equal("MS-ASHTTP_R426", packed.added.length, plain.added.length, "number of folders");
    },
  },
  {
    id: "http/base64-and-plain-are-one-device",
    says: "A device is known by its id, whichever form of the query carries it.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const one = t.device({ queryForm: "plain", deviceId: device.deviceId });
      const { key } = await one.folderSync();
      const other = t.device({ queryForm: "base64", deviceId: device.deviceId });
      const { status, count } = await other.folderSync({ key: key ?? "" });
      t.equal("", status, 1, "Status of a FolderSync with the other form's key");
      t.equal("", count, 0, "changes since");
    },
  },
  {
    id: "http/base64-of-the-url-alphabet",
    says: "Base64 with the alphabet for URLs and without padding is understood as well.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const query = formatBase64Query({
        command: "FolderSync",
        deviceId: device.deviceId,
        deviceType: "Phone?>",
        version: t.version,
        urlSafe: true,
      });
      const reply = await device.send("FolderSync", list, { query, headers: { "MS-ASProtocolVersion": "" } });
      t.equal("", reply.status, 200, "status");
    },
  },
  {
    id: "http/base64-with-a-policy-key",
    says: "The base64 query carries the policy key as four octets.",
    spec: ["MS-ASHTTP_R38", "MS-ASHTTP_R40"],
    level: "MUST",
    versions: since("12.1"),
    async run(_device, t) {
      const device = t.device({ queryForm: "base64" });
      await device.provision();
      const { status } = await device.folderSync();
      t.equal(["MS-ASHTTP_R38", "MS-ASHTTP_R40"], status, 1, "Status of FolderSync with the key");
    },
  },
  {
    id: "http/version-header-beats-the-octet",
    says: "Clients exist that send a wrong version octet in base64 and the right header: the header counts.",
    spec: [],
    level: "MAY",
    versions: since("12.1"),
    async run(device, t) {
      const line = { command: "FolderSync", deviceId: device.deviceId, deviceType: "Phone", version: t.version };
      const query = formatBase64Query({ ...line, versionOctet: 0x91 });
      const reply = await device.send("FolderSync", list, { query, headers: { "MS-ASProtocolVersion": t.version } });
      t.equal("", reply.status, 200, "status");
    },
  },
  {
    id: "http/empty-query-is-400",
    says: "A request that names no command is malformed.",
    spec: ["MS-ASHTTP_R176"],
    level: "MUST",
    async run(device, t) {
      const reply = await device.send("FolderSync", list, { query: "DeviceId=x&DeviceType=y" });
      t.equal("MS-ASHTTP_R176", reply.status, 400, "status");
    },
  },
  {
    id: "http/cut-base64-is-400",
    says: "A base64 query that ends in the middle of a field is malformed.",
    spec: ["MS-ASHTTP_R176"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const line = { command: "FolderSync", deviceId: device.deviceId, deviceType: "Phone", version: t.version };
      const query = formatBase64Query(line).slice(0, 12);
      const reply = await device.send("FolderSync", list, { query, headers: { "MS-ASProtocolVersion": "" } });
      t.equal("MS-ASHTTP_R176", reply.status, 400, "status");
    },
  },
  {
    id: "http/unknown-command",
    says: "A command the server does not have is not implemented, or malformed.",
    spec: ["MS-ASHTTP_R186", "MS-ASHTTP_R176"],
    level: "MUST",
    async run(device, t) {
      const query = `Cmd=Frobnicate&User=u&DeviceId=${device.deviceId}&DeviceType=Phone`;
      const reply = await device.send("Frobnicate", list, { query });
      t.among(["MS-ASHTTP_R186", "MS-ASHTTP_R176"], reply.status, [501, 400], "status");
    },
  },
  {
    id: "http/unknown-version",
    says: "A protocol version that does not exist is refused by an HTTP status.",
    spec: ["MS-ASHTTP_R158"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ queryForm: "plain" });
      const reply = await device.send("FolderSync", list, { headers: { "MS-ASProtocolVersion": "99.9" } });
      t.among("MS-ASHTTP_R158", reply.status, [400, 501, 505], "status");
    },
  },
  {
    id: "http/other-methods-are-refused",
    says: "A method that is neither POST nor OPTIONS is refused.",
    spec: ["MS-ASHTTP_R187"],
    level: "SHOULD",
    async run(device, t) {
      const reply = await device.send("FolderSync", undefined, { method: "PUT" });
      t.among("MS-ASHTTP_R187", reply.status, [501, 405], "status");
    },
  },
  {
    id: "http/content-type-is-exact",
    says: "A WBXML answer has the WBXML type, without parameters: clients compare it by equality.",
    spec: ["MS-ASHTTP_R219", "MS-ASHTTP_R212"],
    level: "MUST",
    async run(device, t) {
      const { reply } = await device.folderSync();
      t.equal("MS-ASHTTP_R219", reply.header("Content-Type"), wbxmlType, "Content-Type");
      t.equal("MS-ASHTTP_R212", reply.header("Content-Length"), String(reply.octets), "Content-Length");
      t.ok("", reply.header("Content-Type") !== multiPartType, "it is no multipart");
    },
  },
  {
    id: "http/empty-answer-has-its-length",
    says: "An empty Sync answer carries Content-Length 0.",
    spec: ["MS-ASHTTP_R212", "MS-ASCMD_R667"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { empty, reply } = await device.sync(folder);
      t.ok("MS-ASCMD_R667", empty, "a Sync without news has an empty answer");
      t.equal("MS-ASHTTP_R212", reply.header("Content-Length"), "0", "Content-Length");
    },
  },
  {
    id: "http/not-compressed-unasked",
    says: "An answer that was not asked for compressed has no Content-Encoding.",
    spec: ["MS-ASHTTP_R215"],
    level: "MUST",
    async run(_device, t) {
      const { reply } = await t.device({ gzip: false }).folderSync();
      t.equal("MS-ASHTTP_R215", reply.header("Content-Encoding"), undefined, "Content-Encoding");
    },
  },
  {
    id: "http/compressed-says-so",
    says: "A compressed answer says so; compressed or not, it says the same.",
    spec: ["MS-ASHTTP_R214"],
    level: "MUST",
    async run(_device, t) {
      const packed = await t.device({ gzip: true }).folderSync();
      const isPacked = packed.reply.octets !== packed.reply.bytes.length;
      t.equal(
        "MS-ASHTTP_R214",
        packed.reply.header("Content-Encoding") === "gzip",
        isPacked,
        "Content-Encoding is gzip",
      );
      t.ok("", packed.added.length > 0, "folders come");
    },
  },
  {
    id: "http/octets-that-are-no-wbxml",
    says: "A body that is no WBXML is refused by 400 or by a Status, and hurts nobody.",
    spec: ["MS-ASHTTP_R188"],
    level: "MUST",
    async run(device, t) {
      for (const bytes of [
        Buffer.from("<xml/>"),
        Buffer.of(3, 1, 0x6a, 0, 0, 7, 0x56),
        Buffer.of(3, 1, 0x6a, 4, 1, 2, 3, 4),
      ]) {
        const reply = await device.send("FolderSync", bytes);
        const isRefused = reply.status === 400 || (reply.status === 200 && reply.bytes.length > 0);
        t.ok(
          reply.status === 400 ? "MS-ASHTTP_R188" : "",
          isRefused,
          `${bytes.toString("hex")} is refused; HTTP ${reply.status}`,
        );
      }
      t.equal("", (await device.folderSync()).status, 1, "Status of a sound request afterwards");
    },
  },
  {
    id: "http/deep-nesting-is-refused",
    says: "Ten thousand elements in one another are refused, and hurt nobody.",
    spec: ["MS-ASHTTP_R188"],
    level: "MUST",
    async run(device, t) {
      const bytes = Buffer.concat([
        Buffer.of(3, 1, 0x6a, 0, 0, 7),
        Buffer.alloc(10_000, 0x56),
        Buffer.alloc(10_000, 0x01),
      ]);
      const reply = await device.send("FolderSync", bytes);
      const isRefused = reply.status === 400 || (reply.status === 200 && reply.bytes.length > 0);
      t.ok(reply.status === 400 ? "MS-ASHTTP_R188" : "", isRefused, `it is refused; HTTP ${reply.status}`);
      t.equal("", (await device.folderSync()).status, 1, "Status of a sound request afterwards");
    },
  },
];
