/** Autodiscover by JSON, without a login, as newer clients ask. No published requirement says how; servers agree. */
import { since } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import { addressOf, ask, askJson } from "./ask.ts";

const query = (address: string, protocol: string) => `?Email=${encodeURIComponent(address)}&Protocol=${protocol}`;

export const discoveryJsonCases: readonly Case[] = [
  {
    id: "autodiscover/json",
    says: "Who asks for ActiveSync by an address is told the protocol and an address, without a login.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, told } = await askJson(device, t, query(addressOf(t), "ActiveSync"));
      t.equal("", reply.status, 200, "HTTP status");
      t.equal("", Object.keys(told).toSorted(), ["Protocol", "Url"], "what is told");
      t.equal("", told["Protocol"], "ActiveSync", "Protocol");
      t.ok("", /^application\/json\b/.test(reply.header("Content-Type") ?? ""), "Content-Type is of JSON");
    },
  },
  {
    id: "autodiscover/json-and-xml-agree",
    says: "Both forms tell the same address.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { told } = await askJson(device, t, query(addressOf(t), "ActiveSync"));
      t.equal("", told["Url"], (await ask(device, t)).url, "Url");
    },
  },
  {
    id: "autodiscover/json-address-in-the-path",
    says: "The address may stand in the path, behind a version.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const address = addressOf(t);
      const { told } = await askJson(device, t, query(address, "ActiveSync"));
      const other = await askJson(device, t, `/v1.0/${encodeURIComponent(address)}?Protocol=ActiveSync`);
      t.equal("", other.told, told, "what is told");
    },
  },
  {
    id: "autodiscover/json-in-any-case",
    says: "Names of parameters and protocols are taken in any case.",
    spec: [],
    level: "MAY",
    versions: since("12.1"),
    async run(device, t) {
      const { told } = await askJson(device, t, `?email=${encodeURIComponent(addressOf(t))}&protocol=activesync`);
      t.equal("", told["Protocol"], "ActiveSync", "Protocol");
    },
  },
  {
    id: "autodiscover/json-unknown-protocol",
    says: "A protocol that nobody speaks is refused with 400 and a reason.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, told } = await askJson(device, t, query(addressOf(t), "Gopher"));
      t.equal("", reply.status, 400, "HTTP status");
      t.equal("", [typeof told["ErrorCode"], typeof told["ErrorMessage"]], ["string", "string"], "what is told");
    },
  },
  {
    id: "autodiscover/json-without-a-protocol",
    says: "A question that names no protocol, or no address, is refused with 400 and a reason.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      for (const rest of [`?Email=${encodeURIComponent(addressOf(t))}`, "?Protocol=ActiveSync"]) {
        const { reply, told } = await askJson(device, t, rest);
        t.equal("", [reply.status, typeof told["ErrorCode"]], [400, "string"], `HTTP status and ErrorCode of ${rest}`);
      }
    },
  },
  {
    id: "autodiscover/json-says-nothing-back",
    says: "Markup in a question does not come back.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { reply } = await askJson(device, t, query("<script>@example.org", "<script>"));
      t.ok("", !reply.bytes.toString("utf8").includes("<script"), "no script comes back");
    },
  },
];
