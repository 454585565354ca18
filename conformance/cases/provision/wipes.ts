/** Provision: wipes that nobody ordered. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { readProvision } from "../../device/answers.ts";
import { type Case, commands } from "../../runner/case.ts";
import { accept, offer, temporaryKey, wipeReport, wipesIn } from "./phases.ts";

const needs = commands("Provision", "FolderSync");

export const provisionWipeCases: readonly Case[] = [
  {
    id: "provision/empty-is-answered-shortly",
    says: "An empty Provision asks for a wipe: none is ordered, and nothing else is said.",
    spec: ["MS-ASPROV_R493", "MS-ASPROV_R653", "MS-ASPROV_R66612"],
    level: "MUST",
    needs,
    async run(device, t) {
      const answer = readProvision(await device.send("Provision", element("Provision:Provision")));
      t.equal("MS-ASPROV_R493", [answer.status, answer.policyType], [1, undefined], "Status, and a policy");
      t.equal(["MS-ASPROV_R653", "MS-ASPROV_R66612"], wipesIn(answer.reply), [], "wipes");
    },
  },
  {
    id: "provision/no-wipe-in-either-phase",
    says: "Who was not told to wipe is not told in the phases of a policy either.",
    spec: ["MS-ASPROV_R654", "MS-ASPROV_R66614"],
    level: "MUST",
    needs,
    async run(device, t) {
      const first = await offer(device);
      const second = await accept(device, t.found(first.key, "a temporary key"));
      const wrong = await accept(device, "1234567");
      for (const { reply } of [first, second, wrong])
        t.equal(["MS-ASPROV_R654", "MS-ASPROV_R66614"], wipesIn(reply), [], "wipes");
    },
  },
  {
    id: "provision/unordered-wipe-changes-nothing",
    says: "A device that says it was wiped, and was not told to, goes on as before.",
    spec: ["MS-ASPROV_R654", "MS-ASPROV_R323"],
    level: "MUST",
    needs,
    async run(device, t) {
      for (const status of [1, 2] as const) {
        const reply = await device.send("Provision", wipeReport("Provision:RemoteWipe", status));
        t.equal(["MS-ASPROV_R654", "MS-ASPROV_R323"], wipesIn(reply), [], `wipes after Status ${status}`);
      }
      t.equal("MS-ASPROV_R654", (await device.folderSync()).status, 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/unordered-account-wipe-changes-nothing",
    says: "A device that says its account was wiped, and was not told to, goes on as before.",
    spec: ["MS-ASPROV_R66614", "MS-ASPROV_R6904"],
    level: "MUST",
    versions: since("16.1"),
    needs,
    async run(device, t) {
      for (const status of [1, 2] as const) {
        const reply = await device.send("Provision", wipeReport("Provision:AccountOnlyRemoteWipe", status));
        t.equal(["MS-ASPROV_R66614", "MS-ASPROV_R6904"], wipesIn(reply), [], `wipes after Status ${status}`);
      }
      t.equal("MS-ASPROV_R66614", (await device.folderSync()).status, 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/wipe-of-another-device",
    says: "What one device says of a wipe means nothing for another.",
    spec: ["MS-ASPROV_R654"],
    level: "MUST",
    needs,
    async run(device, t) {
      const other = t.device();
      await offer(other);
      await device.send("Provision", wipeReport("Provision:RemoteWipe", 1));
      const key = await temporaryKey(other, t);
      t.equal("MS-ASPROV_R654", (await accept(other, key)).policyStatus, 1, "policy Status of the other");
    },
  },
  {
    id: "provision/another-document-is-2",
    says: "A document that is none of Provision is answered with Status 2, or not taken at all.",
    spec: ["MS-ASPROV_R497"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const reply = await device.send("Provision", element("Ping:Ping"));
      const { status } = readProvision(reply);
      t.ok("MS-ASPROV_R497", reply.status >= 400 || status === 2 || status > 100, `Status ${status}`);
    },
  },
];
