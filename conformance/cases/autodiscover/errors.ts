/** What is no request of a phone's, or was made to harm. */
import { since } from "../../../src/schema/versions.ts";
import { at, discoveryDocument, discoveryRequest, outlookResponse } from "../../device/discovery.ts";
import type { Case } from "../../runner/case.ts";
import { addressOf, ask, isRefused } from "./ask.ts";

const head = /^<\?.*?\?>\s*/;

export const discoveryErrorCases: readonly Case[] = [
  {
    id: "autodiscover/two-requests-are-600",
    says: "More than one Request is an invalid request, ErrorCode 600.",
    spec: ["MS-ASCMD_R3799", "MS-ASCMD_R2287", "MS-ASCMD_R3818"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const body = discoveryRequest(addressOf(t)).replace(/<Request>.*<\/Request>/s, "$&$&");
      isRefused(t, await ask(device, t, { body }), ["MS-ASCMD_R3799", "MS-ASCMD_R2287"], 600);
    },
  },
  {
    id: "autodiscover/unknown-schema-is-601",
    says: "A schema for which there is nobody is told by ErrorCode 601.",
    spec: ["MS-ASCMD_R2285", "MS-ASCMD_R2286", "MS-ASCMD_R2288", "MS-ASCMD_R3818"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const body = discoveryRequest(addressOf(t), "http://schemas.example.org/nobody/knows/2006");
      isRefused(t, await ask(device, t, { body }), ["MS-ASCMD_R2285", "MS-ASCMD_R2286", "MS-ASCMD_R2288"], 601);
    },
  },
  {
    id: "autodiscover/error-says-when",
    says: "An error of the framework has a time, an id, a code and a message, in the order of its schema.",
    spec: ["MS-ASCMD_R1636"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { root } = await ask(device, t, { body: discoveryDocument("") });
      const error = t.found(at(root, "Response", "Error"), "an Error comes");
      const names = error.children.map(({ name }) => name);
      const known = ["ErrorCode", "Message", "DebugData"];
      t.equal(
        "MS-ASCMD_R1636",
        names,
        known.filter((name) => names.includes(name)),
        "what Error holds, in order",
      );
      t.ok("", /^\d\d:\d\d:\d\d\.\d{7}$/.test(error.attributes["Time"] ?? ""), "Time is hh:mm:ss.fffffff");
      t.ok("", /^\d+$/.test(error.attributes["Id"] ?? ""), "Id is a number");
    },
  },
  {
    id: "autodiscover/outlooks-schema",
    says: "Outlook's schema is answered in its own terms, or refused with 601: never with a phone's settings.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, url, errorCode, root } = await ask(device, t, {
        body: discoveryRequest(addressOf(t), outlookResponse),
      });
      t.equal("", reply.status, 200, "HTTP status");
      t.equal("", url, undefined, "a MobileSync server");
      t.ok("", errorCode === "601" || at(root, "Response", "Account") !== undefined, "601, or an Account");
    },
  },
  {
    id: "autodiscover/no-xml-is-600",
    says: "What is no XML is an invalid request.",
    spec: ["MS-ASCMD_R2287", "MS-ASCMD_R3818"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      isRefused(t, await ask(device, t, { body: "Hello?" }), "MS-ASCMD_R2287", 600);
    },
  },
  {
    id: "autodiscover/no-request-is-600",
    says: "A document without a Request, an address or a schema is an invalid request.",
    spec: ["MS-ASCMD_R2287", "MS-ASCMD_R3818"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const whole = discoveryRequest(addressOf(t));
      for (const body of [
        discoveryDocument(""),
        whole.replace(/<EMailAddress>.*<\/EMailAddress>/, ""),
        whole.replace(/<AcceptableResponseSchema>.*<\/AcceptableResponseSchema>/, ""),
      ]) {
        isRefused(t, await ask(device, t, { body }), "MS-ASCMD_R2287", 600);
      }
    },
  },
  {
    id: "autodiscover/get",
    says: "People look by GET whether anybody is there: with a login they see an error, and never settings.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, errorCode, url } = await ask(device, t, { method: "GET", body: "" });
      t.equal("", [reply.status, errorCode], [200, "600"], "HTTP status and ErrorCode");
      t.equal("", url, undefined, "an address");
    },
  },
  {
    id: "autodiscover/nobodys-address",
    says: "An address that cannot be one is refused, by an ErrorCode or a Status other than that of success.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { status, errorCode, url } = await ask(device, t, { body: discoveryRequest("nobody") });
      t.equal("", url, undefined, "an address");
      t.ok("", errorCode !== undefined || status === "2", `an error is told: ${errorCode ?? status}`);
    },
  },
  {
    id: "autodiscover/entities-are-not-followed",
    says: "An entity that names a file or an address is not followed, and nothing of it comes back.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      for (const declared of [
        '<!ENTITY e SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY e "">',
      ]) {
        const body = `<!DOCTYPE Autodiscover [${declared}]>${discoveryRequest(`&e;${addressOf(t)}`).replace(head, "")}`;
        const { reply } = await ask(device, t, { body });
        t.ok("", !/root:|\/bin\//.test(reply.bytes.toString("latin1")), "no file comes back");
        t.ok("", reply.status < 500, `it is refused, and nothing breaks; HTTP ${reply.status}`);
      }
    },
  },
  {
    id: "autodiscover/bomb-of-entities",
    says: "Entities made of entities, a thousand million characters in the end, are refused within seconds.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const steps = Array.from({ length: 30 }, (_, step) => `<!ENTITY e${step + 1} "&e${step};&e${step};">`).join("");
      const address = addressOf(t);
      const document = discoveryRequest(`&e30;${address}`).replace(head, "");
      const began = performance.now();
      const { reply } = await ask(device, t, { body: `<!DOCTYPE x [<!ENTITY e0 "a">${steps}]>${document}` });
      t.ok("", performance.now() - began < 5_000, "it takes less than 5 s");
      t.ok("", reply.bytes.length < 100_000 && reply.status < 500, `it is refused; HTTP ${reply.status}`);
      t.ok("", (await ask(device, t)).url !== undefined, "a sound request is answered afterwards");
    },
  },
  {
    id: "autodiscover/ten-megabytes",
    says: "A request of ten megabytes is refused, and hurts nobody.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const body = discoveryRequest(`${"a".repeat(10_000_000)}@example.org`);
      // Who refuses it early may close the connection before all of it is sent.
      const status = await ask(device, t, { body }).then(
        ({ reply, errorCode }) => (errorCode === undefined ? reply.status : 413),
        (error: unknown) => (error instanceof Error && error.name === "Skip" ? Promise.reject(error) : 413),
      );
      t.ok("", status >= 400 && status < 500, `it is refused; HTTP ${status}`);
      t.ok("", (await ask(device, t)).url !== undefined, "a sound request is answered afterwards");
    },
  },
  {
    id: "autodiscover/nul",
    says: "A NUL in the document, which no XML has, is refused.",
    spec: [],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const { reply, url } = await ask(device, t, { body: discoveryRequest(`\u0000${addressOf(t)}`) });
      t.equal("", url, undefined, "an address");
      t.ok("", reply.status < 500, `nothing breaks; HTTP ${reply.status}`);
    },
  },
  {
    id: "autodiscover/script-in-the-address",
    says: "Markup in an address does not come back as markup.",
    spec: [],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const { reply } = await ask(device, t, {
        body: discoveryRequest(`&lt;script&gt;alert(1)&lt;/script&gt;${addressOf(t)}`),
      });
      t.ok("", !reply.bytes.toString("utf8").includes("<script"), "no script comes back");
      t.ok("", reply.status < 500, `nothing breaks; HTTP ${reply.status}`);
    },
  },
];
