/** Provision: which key is good for what. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { readProvision, statusOf } from "../../device/answers.ts";
import { acknowledgement, policyRequest, policyTypeOf } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";
import { accept, finalKey, folderSyncWith, isDemand, offer, temporaryKey, withKey } from "./phases.ts";

const needs = commands("Provision", "FolderSync");

export const provisionKeyCases: readonly Case[] = [
  {
    id: "provision/final-key-opens-the-rest",
    says: "With the final key the device's other commands are answered.",
    spec: ["MS-ASPROV_R662", "MS-ASPROV_R485"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.provision();
      t.given(device.policyKey !== undefined, "there is a final key");
      const { status } = await device.folderSync();
      t.equal(["MS-ASPROV_R662", "MS-ASPROV_R485"], status, 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/keys-are-short",
    says: "Neither key has more than 64 characters.",
    spec: ["MS-ASPROV_R312"],
    level: "MUST",
    needs,
    async run(device, t) {
      const temporary = await temporaryKey(device, t);
      const { key = "" } = await accept(device, temporary);
      for (const one of [temporary, key])
        t.ok("MS-ASPROV_R312", one.length >= 1 && one.length <= 64, `the key has ${one.length} characters`);
    },
  },
  {
    id: "provision/type-is-said-again",
    says: "The answer to the acknowledgement says the type, its Status and the key.",
    spec: ["MS-ASPROV_R605"],
    level: "MUST",
    needs,
    async run(device, t) {
      const second = await accept(device, await temporaryKey(device, t));
      t.equal(
        "MS-ASPROV_R605",
        [second.policyType, second.policyStatus, second.key !== undefined],
        [policyTypeOf(t.version), 1, true],
        "PolicyType, Status and whether there is a key",
      );
    },
  },
  {
    id: "provision/acknowledged-before-offered-is-5",
    says: "A device that was offered nothing has nothing to acknowledge.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R658"],
    level: "MUST",
    needs,
    async run(device, t) {
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R658"], (await accept(device, "1234567")).policyStatus, 5, "policy Status");
    },
  },
  {
    id: "provision/key-0-is-5",
    says: "An acknowledgement with the key 0 is answered with policy Status 5.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R658"],
    level: "MUST",
    needs,
    async run(device, t) {
      await offer(device);
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R658"], (await accept(device, "0")).policyStatus, 5, "policy Status");
    },
  },
  {
    id: "provision/final-key-acknowledges-nothing",
    says: "The final key is none that can be acknowledged.",
    spec: ["MS-ASPROV_R657"],
    level: "MUST",
    needs,
    async run(device, t) {
      const key = await finalKey(device, t);
      t.equal("MS-ASPROV_R657", (await accept(device, key)).policyStatus, 5, "policy Status");
    },
  },
  {
    id: "provision/wrong-key-spoils-nothing",
    says: "After an acknowledgement with a wrong key the temporary one is still good.",
    spec: ["MS-ASPROV_R650", "MS-ASPROV_R661"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      await accept(device, key === "1234567" ? "7654321" : "1234567");
      const second = await accept(device, key);
      t.equal(
        ["MS-ASPROV_R650", "MS-ASPROV_R661"],
        [second.policyStatus, second.key !== undefined],
        [1, true],
        "the key",
      );
    },
  },
  {
    id: "provision/key-of-another-device-is-5",
    says: "The temporary key of one device is none of another's.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R658"],
    level: "MUST",
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      const other = t.device();
      await offer(other);
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R658"], (await accept(other, key)).policyStatus, 5, "policy Status");
      t.equal("MS-ASPROV_R657", (await accept(device, key)).policyStatus, 1, "policy Status of the device it is of");
    },
  },
  {
    id: "provision/two-devices-provision-beside-each-other",
    says: "What one device of a user does with its policy changes nothing for another.",
    spec: ["MS-ASPROV_R1035"],
    level: "MUST",
    needs,
    async run(device, t) {
      const other = t.device();
      const first = await temporaryKey(device, t);
      const second = await temporaryKey(other, t);
      const statuses = [await accept(device, first), await accept(other, second)].map(
        ({ policyStatus }) => policyStatus,
      );
      t.equal("MS-ASPROV_R1035", statuses, [1, 1], "policy Status of each");
    },
  },
  {
    id: "provision/lost-offer",
    says: "A device whose offer was lost asks again, and acknowledges what it gets then.",
    spec: ["MS-ASPROV_R534", "MS-ASPROV_R661"],
    level: "MUST",
    needs,
    async run(device, t) {
      await offer(device);
      const second = await accept(device, await temporaryKey(device, t));
      t.equal(["MS-ASPROV_R534", "MS-ASPROV_R661"], second.policyStatus, 1, "policy Status");
    },
  },
  {
    id: "provision/lost-answer",
    says: "A device whose final key was lost acknowledges again: it gets a key, or is told to begin anew.",
    spec: ["MS-ASPROV_R658"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      await accept(device, key);
      const again = await accept(device, key);
      const isAnswer = (again.policyStatus === 1 && again.key !== undefined) || again.policyStatus === 5;
      t.ok("MS-ASPROV_R658", isAnswer, "a key, or policy Status 5");
    },
  },
  {
    id: "provision/twice-in-a-row",
    says: "A device that has provisioned can do so again, and goes on with its newest key.",
    spec: ["MS-ASPROV_R610", "MS-ASPROV_R662"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.provision();
      await device.provision();
      t.equal(["MS-ASPROV_R610", "MS-ASPROV_R662"], (await device.folderSync()).status, 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/between-the-phases",
    says: "What a device asks between the phases does not spoil its temporary key.",
    spec: ["MS-ASPROV_R650"],
    level: "MUST",
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      await device.options();
      await folderSyncWith(device, "0");
      t.equal("MS-ASPROV_R650", (await accept(device, key)).policyStatus, 1, "policy Status");
    },
  },
  {
    id: "provision/key-0-is-answered",
    says: "A new device comes with key 0: it is answered, or told to provision.",
    spec: ["MS-ASPROV_R487", "MS-ASPROV_R618"],
    level: "MUST",
    needs,
    async run(device, t) {
      const reply = await folderSyncWith(device, "0");
      const status = statusOf(reply);
      t.ok(["MS-ASPROV_R487", "MS-ASPROV_R618"], status === 1 || isDemand(status, reply), `Status ${status}`);
    },
  },
  {
    id: "provision/made-up-key-is-no-end",
    says: "A device with a key that it never got is answered, or told to provision, and is well after it did.",
    spec: ["MS-ASPROV_R487"],
    level: "MUST",
    needs,
    async run(device, t) {
      const reply = await folderSyncWith(device, "1234567");
      const status = statusOf(reply);
      t.ok("MS-ASPROV_R487", status === 1 || isDemand(status, reply), `Status ${status}`);
      await device.provision();
      t.equal("MS-ASPROV_R487", (await device.folderSync({ key: "0" })).status, 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/old-key-is-no-loop",
    says: "Whoever comes once with the key before the last one provisions once more at most.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const old = await finalKey(device, t);
      const key = await finalKey(device, t);
      await folderSyncWith(device, key);
      const reply = await folderSyncWith(device, old);
      if (statusOf(reply) !== 1) t.ok("", isDemand(statusOf(reply), reply), "it is told to provision");
      const next = await finalKey(device, t);
      t.equal("", statusOf(await folderSyncWith(device, next)), 1, "Status of FolderSync");
    },
  },
  {
    id: "provision/ping-needs-no-key",
    says: "A Ping bears no key, and is not refused for that.",
    spec: ["MS-ASPROV_R61103", "MS-ASPROV_R757"],
    level: "MUST",
    needs: commands("Provision", "Ping"),
    async run(device, t) {
      await device.provision();
      const reply = await device.send("Ping", undefined);
      t.ok(["MS-ASPROV_R61103", "MS-ASPROV_R757"], !isDemand(statusOf(reply), reply), "it is not told to provision");
    },
  },
  {
    id: "provision/options-needs-no-key",
    says: "OPTIONS bears no key, and is not refused for that.",
    spec: ["MS-ASPROV_R61103"],
    level: "MUST",
    needs,
    async run(device, t) {
      t.equal("MS-ASPROV_R61103", (await device.options()).reply.status, 200, "HTTP status");
    },
  },
  {
    id: "provision/not-applied-is-answered",
    says: "A device that does not apply the policy gets a key, or is told that that is not enough.",
    spec: ["MS-ASPROV_R660"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const { status, key, reply } = await accept(device, await temporaryKey(device, t), 3);
      const isAnswer = (status === 1 && key !== undefined) || isDemand(status, reply);
      t.ok("MS-ASPROV_R660", isAnswer, "a key, or that it is not enough");
    },
  },
  {
    id: "provision/managed-by-others-is-answered",
    says: "A device that others manage gets a key, or is told that that is not allowed.",
    spec: ["MS-ASPROV_R660", "MS-ASPROV_R687"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const { status, key, reply } = await accept(device, await temporaryKey(device, t), 4);
      const isAnswer = (status === 1 && key !== undefined) || isDemand(status, reply);
      t.ok(["MS-ASPROV_R660", "MS-ASPROV_R687"], isAnswer, "a key, or that it is not allowed");
    },
  },
  {
    id: "provision/unknown-result-is-no-key",
    says: "An acknowledgement that says what nobody can say is no acknowledgement.",
    spec: ["MS-ASPROV_R385", "MS-ASPROV_R497"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      const policy = element("Provision:Policy", [
        element("Provision:PolicyType", policyTypeOf(t.version)),
        element("Provision:PolicyKey", key),
        element("Provision:Status", 9),
      ]);
      const body = element("Provision:Provision", [element("Provision:Policies", [policy])]);
      const answer = readProvision(await device.send("Provision", body, withKey(key)));
      t.equal(["MS-ASPROV_R385", "MS-ASPROV_R497"], answer.key, undefined, "the key");
    },
  },
  {
    id: "provision/type-of-another-version",
    says: "Whoever asks for the text of 2.5 in a later version gets no document of elements under that name.",
    spec: ["MS-ASPROV_R888"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const asked = policyRequest(t.version, { Model: "Conformance" }, policyTypeOf("2.5"));
      const { data, policyType } = readProvision(await device.send("Provision", asked));
      const isDocument = Array.isArray(data?.content);
      t.ok("MS-ASPROV_R888", !isDocument || policyType === policyTypeOf(t.version), "no EASProvisionDoc");
    },
  },
  {
    id: "provision/introduced-once",
    says: "The acknowledgement does not introduce the device again.",
    spec: ["MS-ASPROV_R368"],
    level: "MUST",
    versions: since("14.1"),
    needs,
    async run(device, t) {
      const key = await temporaryKey(device, t);
      const answer = readProvision(await device.send("Provision", acknowledgement(t.version, key), withKey(key)));
      t.equal("MS-ASPROV_R368", [answer.status, answer.informationStatus], [1, undefined], "Status, and of the device");
    },
  },
];
