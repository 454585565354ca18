/** Provision: two phases, and what is wrong with either. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { readProvision } from "../../device/answers.ts";
import type { Device } from "../../device/device.ts";
import { acknowledgement, policyRequest, policyTypeOf } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";

const needs = commands("Provision");
const facts = { Model: "Conformance" };

async function offer(device: Device) {
  return readProvision(
    await device.send("Provision", policyRequest(device.version, facts), { headers: { "X-MS-PolicyKey": "0" } }),
  );
}

export const provisionCases: readonly Case[] = [
  {
    id: "provision/first-phase",
    says: "The first request is answered with the policy and a temporary key.",
    spec: ["MS-ASPROV_R534", "MS-ASPROV_R310", "MS-ASPROV_R650"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { status, policyStatus, policyType, key, data } = await offer(device);
      t.equal("MS-ASPROV_R534", status, 1, "Status");
      t.equal("MS-ASPROV_R310", [policyType, policyStatus], [policyTypeOf(t.version), 1], "PolicyType and its Status");
      t.ok("MS-ASPROV_R650", key !== undefined && key !== "" && key !== "0", "there is a key, and it is not 0");
      t.ok("MS-ASPROV_R310", data !== undefined, "the policy is there");
    },
  },
  {
    id: "provision/second-phase",
    says: "The acknowledgement with the temporary key is answered with the final one, and no policy.",
    spec: ["MS-ASPROV_R482", "MS-ASPROV_R661", "MS-ASPROV_R662", "MS-ASPROV_R601"],
    level: "MUST",
    needs,
    async run(device, t) {
      const first = await offer(device);
      const temporary = t.found(first.key, "a temporary key");
      const headers = { "X-MS-PolicyKey": temporary };
      const second = readProvision(await device.send("Provision", acknowledgement(t.version, temporary), { headers }));
      t.equal("MS-ASPROV_R482", second.status, 1, "Status");
      t.equal("MS-ASPROV_R661", second.policyStatus, 1, "Status of the policy");
      t.ok("MS-ASPROV_R662", second.key !== undefined && second.key !== temporary, "the key is a new one");
      t.equal("MS-ASPROV_R601", second.data, undefined, "Data");
    },
  },
  {
    id: "provision/keys-are-32-bits",
    says: "A policy key is a 32-bit number in decimal.",
    spec: ["MS-ASPROV_R606"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const { key = "" } = await offer(device);
      t.ok("MS-ASPROV_R606", /^\d{1,10}$/.test(key) && Number(key) <= 0xffff_ffff, `${key} is one`);
    },
  },
  {
    id: "provision/wrong-key-is-5",
    says: "An acknowledgement with another key than the temporary one is answered with policy Status 5.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R658"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { key } = await offer(device);
      const wrong = key === "1234567" ? "7654321" : "1234567";
      const headers = { "X-MS-PolicyKey": wrong };
      const { policyStatus } = readProvision(
        await device.send("Provision", acknowledgement(t.version, wrong), { headers }),
      );
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R658"], policyStatus, 5, "Status of the policy");
    },
  },
  {
    id: "provision/applied-in-part-is-taken",
    says: "A device that applies the policy in part gets a key, or is told that that is not enough.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const key = t.found((await offer(device)).key, "a temporary key");
      const headers = { "X-MS-PolicyKey": key };
      const second = readProvision(await device.send("Provision", acknowledgement(t.version, key, 2), { headers }));
      const isAnswer =
        (second.status === 1 && second.key !== undefined) || second.status === 139 || second.reply.status === 403;
      t.ok("", isAnswer, "a key, or Status 139");
    },
  },
  {
    id: "provision/unknown-type-is-3",
    says: "A policy type that does not exist is answered with policy Status 3.",
    spec: ["MS-ASPROV_R690"],
    level: "MUST",
    needs,
    async run(device, t) {
      const reply = await device.send("Provision", policyRequest(t.version, facts, "MS-Nonsense"));
      t.equal("MS-ASPROV_R690", readProvision(reply).policyStatus, 3, "Status of the policy");
    },
  },
  {
    id: "provision/no-type-is-2",
    says: "A policy without its type is answered with Status 2.",
    spec: ["MS-ASCMD_R4989"],
    level: "MUST",
    needs,
    async run(device, t) {
      const [information, policies] = [
        policyRequest(t.version, facts).content,
        element("Provision:Policies", [element("Provision:Policy")]),
      ];
      const first = Array.isArray(information) ? information.filter(({ name }) => name.startsWith("Settings:")) : [];
      const reply = await device.send("Provision", element("Provision:Provision", [...first, policies]));
      t.equal("MS-ASCMD_R4989", readProvision(reply).status, 2, "Status");
    },
  },
  {
    id: "provision/no-device-information-is-165",
    says: "From 14.1 on the first request introduces the device; without it the answer is Status 165.",
    spec: ["MS-ASCMD_R4954"],
    level: "MUST",
    versions: since("14.1"),
    needs,
    async run(device, t) {
      const reply = await device.send("Provision", policyRequest("14.0", facts));
      t.equal("MS-ASCMD_R4954", readProvision(reply).status, 165, "Status");
    },
  },
  {
    id: "provision/device-information-has-its-status",
    says: "What the device tells of itself is answered with a Status of its own.",
    spec: ["MS-ASPROV_R534"],
    level: "MUST",
    versions: since("14.1"),
    needs,
    async run(device, t) {
      t.equal("MS-ASPROV_R534", (await offer(device)).informationStatus, 1, "Status of DeviceInformation");
    },
  },
  {
    id: "provision/no-wipe-unasked",
    says: "Unless a wipe was ordered, no answer holds one.",
    spec: ["MS-ASPROV_R653", "MS-ASPROV_R654"],
    level: "MUST",
    needs,
    async run(device, t) {
      const first = await offer(device);
      const empty = await device.send("Provision", element("Provision:Provision"));
      for (const reply of [first.reply, empty]) {
        const shown = JSON.stringify(reply.body ?? "");
        t.ok(["MS-ASPROV_R653", "MS-ASPROV_R654"], !/RemoteWipe/.test(shown), "there is no RemoteWipe");
      }
    },
  },
];
