/** What a phone is told that asks for its server by its address (MS-ASCMD 2.2.1.1). */
import { since } from "../../../src/schema/versions.ts";
import { at, discoveryDocument, discoveryRequest, errorResponse, mobileResponse } from "../../device/discovery.ts";
import type { Case } from "../../runner/case.ts";
import { wrongPassword } from "../samples.ts";
import { addressOf, ask } from "./ask.ts";

export const discoveryCases: readonly Case[] = [
  {
    id: "autodiscover/tells-the-server",
    says: "A phone that asks by its address and logs in is told where its server is.",
    spec: ["MS-ASCMD_R3890", "MS-ASCMD_R4648", "MS-ASCMD_R703", "MS-ASCMD_R2562"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, url, root } = await ask(device, t);
      t.equal("", reply.status, 200, "HTTP status");
      const server = at(root, "Response", "Action", "Settings", "Server");
      t.equal("MS-ASCMD_R3890", server?.name, "Server", "what Settings holds");
      t.among("MS-ASCMD_R4648", at(server, "Type")?.text, ["MobileSync", "CertEnroll"], "Type");
      t.ok("MS-ASCMD_R703", url !== undefined && URL.canParse(url), `the address of a MobileSync server: ${url}`);
      const names = server?.children.map(({ name }) => name) ?? [];
      const known = ["Type", "Url", "Name", "ServerData"];
      t.equal(
        "MS-ASCMD_R2562",
        names,
        known.filter((name) => names.includes(name)),
        "what Server holds, in order",
      );
    },
  },
  {
    id: "autodiscover/address-is-activesync",
    says: "The address that was told answers OPTIONS as an ActiveSync server does.",
    spec: ["MS-ASCMD_R49"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { url = "" } = await ask(device, t);
      t.given(URL.canParse(url), `an address is told: ${url}`);
      const { versions, reply } = await t.device({ url }).options();
      t.equal("", reply.status, 200, "HTTP status of OPTIONS");
      t.ok("MS-ASCMD_R49", versions.includes(t.version), `${t.version} is among ${versions.join(", ")}`);
    },
  },
  {
    id: "autodiscover/name-is-the-address",
    says: "Of a MobileSync server Name says the same as Url.",
    spec: ["MS-ASCMD_R3482", "MS-ASCMD_R3484"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { url, name } = await ask(device, t);
      if (name === undefined) t.skip("the server tells no Name, which is optional");
      t.equal(["MS-ASCMD_R3482", "MS-ASCMD_R3484"], name, url, "Name");
    },
  },
  {
    id: "autodiscover/user-has-an-address",
    says: "The answer names the user by a mail address.",
    spec: ["MS-ASCMD_R4693", "MS-ASCMD_R2225", "MS-ASCMD_R2888", "MS-ASCMD_R2890"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { root, address = "" } = await ask(device, t);
      const users = at(root, "Response")?.children.filter(({ name }) => name === "User") ?? [];
      t.ok("MS-ASCMD_R4693", users.length > 0, "there is a User");
      t.equal("MS-ASCMD_R2890", users.length, 1, "how many there are");
      t.ok("MS-ASCMD_R2225", /^[^@\s]+@[^@\s]+$/.test(address), `EMailAddress is one: ${address}`);
      const names = users[0]?.children.map(({ name }) => name) ?? [];
      const known = ["DisplayName", "EMailAddress"];
      t.equal(
        "MS-ASCMD_R2888",
        names,
        known.filter((name) => names.includes(name)),
        "what User holds, in order",
      );
    },
  },
  {
    id: "autodiscover/is-xml",
    says: "Question and answer are XML, not WBXML, and the answer's type says so.",
    spec: ["MS-ASCMD_R8", "MS-ASCMD_R41"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, root } = await ask(device, t);
      t.ok(["MS-ASCMD_R8", "MS-ASCMD_R41"], root !== undefined, "the answer is an XML document");
      t.ok("", /^(text|application)\/xml\b/.test(reply.header("Content-Type") ?? ""), "Content-Type is of XML");
    },
  },
  {
    id: "autodiscover/schema-of-the-answer",
    says: "The root is of the framework's schema, what it holds of the schema that was asked for.",
    spec: ["MS-ASCMD_R806", "MS-ASCMD_R1084", "MS-ASCMD_R3815", "MS-ASCMD_R2480"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { root } = await ask(device, t);
      t.equal("MS-ASCMD_R806", root?.name, "Autodiscover", "the root");
      t.equal("", root?.namespace, errorResponse, "the root's namespace");
      const responses = root?.children ?? [];
      t.equal(
        ["MS-ASCMD_R1084", "MS-ASCMD_R3815"],
        responses.map(({ name }) => name),
        ["Response"],
        "what it holds",
      );
      t.equal("", responses[0]?.namespace, mobileResponse, "the Response's namespace");
      const names = responses[0]?.children.map(({ name }) => name) ?? [];
      const known = ["Culture", "User", "Action"];
      t.equal(
        "MS-ASCMD_R2480",
        names,
        known.filter((name) => names.includes(name)),
        "what Response holds, in order",
      );
    },
  },
  {
    id: "autodiscover/no-status-of-success",
    says: "A Status comes with an error only.",
    spec: ["MS-ASCMD_R4001"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { status, errorCode, root } = await ask(device, t);
      t.given(at(root, "Response", "Action", "Settings") !== undefined, "settings come");
      t.equal("MS-ASCMD_R4001", status, undefined, "Status");
      t.equal("", errorCode, undefined, "ErrorCode");
    },
  },
  {
    id: "autodiscover/type-text-xml",
    says: "A request of the type text/xml, without more, is taken.",
    spec: ["MS-ASCMD_R5718"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { url } = await ask(device, t, { headers: { "Content-Type": "text/xml" } });
      t.ok("MS-ASCMD_R5718", url !== undefined, "an address is told");
    },
  },
  {
    id: "autodiscover/type-text-html",
    says: "Servers are known to take text/html as well, and clients to send it.",
    spec: ["MS-ASCMD_R5123"],
    level: "MAY",
    versions: since("12.1"),
    async run(device, t) {
      const { url } = await ask(device, t, { headers: { "Content-Type": "text/html" } });
      t.ok("MS-ASCMD_R5123", url !== undefined, "an address is told");
    },
  },
  {
    id: "autodiscover/path-in-any-case",
    says: "Phones write the path in several ways, and mean the same.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      await ask(device, t); // Where this is skipped the others are.
      for (const path of ["/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"]) {
        const bytes = Buffer.from(discoveryRequest(addressOf(t)));
        const reply = await device.visit({ method: "POST", path, bytes, headers: { "Content-Type": "text/xml" } });
        t.equal("", reply.status, 200, `HTTP status at ${path}`);
      }
    },
  },
  {
    id: "autodiscover/other-order",
    says: "Address and schema may come in either order, with blanks around them, and with a prefix for the namespace.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const address = addressOf(t);
      const turned = discoveryDocument(
        `\n<Request>\n <AcceptableResponseSchema>${mobileResponse}</AcceptableResponseSchema>\n` +
          ` <EMailAddress>\n${address}\n</EMailAddress>\n</Request>\n`,
      );
      t.ok("", (await ask(device, t, { body: turned })).url !== undefined, "an address is told");
      const prefixed = discoveryRequest(address)
        .replaceAll(/<(\/?)([A-Z])/g, "<$1a:$2")
        .replace("xmlns=", "xmlns:a=");
      t.ok("", (await ask(device, t, { body: prefixed })).url !== undefined, "an address is told to a prefix");
    },
  },
  {
    id: "autodiscover/no-body",
    says: "Phones are known that send their login and no body: they mean the address that they log in with.",
    spec: [],
    level: "MAY",
    versions: since("12.1"),
    async run(device, t) {
      const { url } = await ask(device, t, { body: "", headers: { "Content-Type": "" } });
      t.ok("", url !== undefined, "an address is told");
    },
  },
  {
    id: "autodiscover/needs-a-login",
    says: "Without a login the answer is 401 with a challenge: whose server is where is told to its user.",
    spec: ["MS-ASHTTP_R178"],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply } = await ask(device, t, { headers: { Authorization: "" } });
      t.equal("MS-ASHTTP_R178", reply.status, 401, "HTTP status");
      t.ok("", /^basic\b/i.test(reply.header("WWW-Authenticate") ?? ""), "Basic is offered");
    },
  },
  {
    id: "autodiscover/wrong-password",
    says: "With a wrong password the answer is 401, and tells nothing.",
    spec: ["MS-ASHTTP_R178"],
    level: "MUST",
    versions: since("12.1"),
    async run(_device, t) {
      const { reply, url } = await ask(t.device({ password: wrongPassword }), t);
      t.equal("MS-ASHTTP_R178", reply.status, 401, "HTTP status");
      t.equal("", url, undefined, "an address");
    },
  },
  {
    id: "autodiscover/not-kept",
    says: "No cache between may keep an answer that is one user's.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply } = await ask(device, t);
      t.ok("", /\b(private|no-store|no-cache)\b/.test(reply.header("Cache-Control") ?? ""), "Cache-Control says so");
    },
  },
];
