/** Nodes: commands other than Sync and Ping, each at another address than the one before. */
import { between, since } from "../../../src/schema/versions.ts";
import { child, childText } from "../../../src/wire/element.ts";
import { readProvision, statusOf } from "../../device/answers.ts";
import type { Folder } from "../../device/device.ts";
import { acknowledgement, policyRequest } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";
import { addMany } from "../others.ts";
import { contact, valueOf } from "../samples.ts";

const facts = { Model: "Conformance" };

function written(folders: readonly Folder[]): string[] {
  return folders.map(({ id, parent, name, type }) => [id, parent, name, type].join(" ")).toSorted();
}

export const nodeCommandCases: readonly Case[] = [
  {
    id: "nodes/options-are-the-same",
    says: "OPTIONS names the same versions and commands at every address: phones change their version when it goes.",
    spec: ["MS-ASHTTP_R1107"],
    level: "MUST",
    async run(device, t) {
      const answers = [];
      for (const node of t.nodes) {
        t.via(device, node);
        answers.push(await device.options());
      }
      for (const { versions, commands: names } of answers) {
        t.ok("MS-ASHTTP_R1107", versions.length > 0 && names.length > 0, "both headers are there");
        t.equal("", versions, answers[0]?.versions, "versions");
        t.equal("", names, answers[0]?.commands, "commands");
      }
    },
  },
  {
    id: "nodes/provisioning-in-two-places",
    says: "The policy that one address offered is acknowledged at another, which grants the final key.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R661", "MS-ASPROV_R662"],
    level: "MUST",
    needs: commands("Provision"),
    async run(device, t) {
      const first = policyRequest(t.version, facts);
      const offer = readProvision(await device.send("Provision", first, { headers: { "X-MS-PolicyKey": "0" } }));
      const temporary = t.found(offer.key, "a temporary key");
      const headers = { "X-MS-PolicyKey": temporary };
      const granted = readProvision(await device.send("Provision", acknowledgement(t.version, temporary), { headers }));
      const { status, policyStatus, key } = granted;
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R661"], [status, policyStatus], [1, 1], "Status, and that of the policy");
      t.ok("MS-ASPROV_R662", key !== undefined && key !== temporary, "the key is a new one");
    },
  },
  {
    id: "nodes/wrong-acknowledgement-is-5",
    says: "A key that is not the temporary one is refused also where that one was not given out.",
    spec: ["MS-ASPROV_R657", "MS-ASPROV_R658"],
    level: "MUST",
    needs: commands("Provision"),
    async run(device, t) {
      const first = policyRequest(t.version, facts);
      const { key } = readProvision(await device.send("Provision", first, { headers: { "X-MS-PolicyKey": "0" } }));
      const wrong = key === "1234567" ? "7654321" : "1234567";
      const headers = { "X-MS-PolicyKey": wrong };
      const { policyStatus } = readProvision(
        await device.send("Provision", acknowledgement(t.version, wrong), { headers }),
      );
      t.equal(["MS-ASPROV_R657", "MS-ASPROV_R658"], policyStatus, 5, "Status of the policy");
    },
  },
  {
    id: "nodes/policy-key-is-good-everywhere",
    says: "The key that the phone got in the end is good at every address: none asks for provisioning again.",
    spec: ["MS-ASPROV_R662"],
    level: "MUST",
    needs: commands("Provision"),
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.provision(facts);
      for (const node of t.nodes) {
        t.via(device, node);
        const { status, reply } = await device.folderSync({ key: "0" });
        t.equal("MS-ASPROV_R662", [reply.status, status], [200, 1], "HTTP status, and Status");
      }
    },
  },
  {
    id: "nodes/folder-list-goes-on",
    says: "The key of a folder list is known at every address: nothing changed since.",
    spec: ["MS-ASCMD_R2120", "MS-ASCMD_R116"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.folderSync();
      for (const _node of t.nodes) {
        const { status, count, key } = await device.folderSync();
        t.equal("MS-ASCMD_R116", status, 1, "Status");
        t.equal("MS-ASCMD_R2120", count, 0, "Count");
        t.ok("", key !== undefined, "the key is there although nothing changed");
      }
    },
  },
  {
    id: "nodes/folder-ids-stay",
    says: "A phone that lists its folders anew at another address gets the same ids and names.",
    spec: ["MS-ASCMD_R5012", "MS-ASCMD_R885"],
    level: "MUST",
    async run(device, t) {
      const first = await device.folderSync({ key: "0" });
      for (const _node of t.nodes) {
        const again = await device.folderSync({ key: "0" });
        t.equal(["MS-ASCMD_R5012", "MS-ASCMD_R885"], written(again.added), written(first.added), "folders");
      }
    },
  },
  {
    id: "nodes/unknown-folder-key-is-9",
    says: "A folder key that no address gave out is answered with Status 9 by each.",
    spec: ["MS-ASCMD_R4581"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.folderSync();
      for (const node of t.nodes) {
        t.via(device, node);
        t.equal("MS-ASCMD_R4581", (await device.folderSync({ key: "4711471147" })).status, 9, "Status");
      }
    },
  },
  {
    id: "nodes/folder-sync-keeps-the-items",
    says: "Listing the folders anew at one address does not end the synchronization of their items at another.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 1);
      for (const _node of t.nodes) await device.folderSync({ key: "0" });
      const { status, changes } = await device.sync(folder, { once: true, window: 512 });
      t.equal("", [status, changes.length], [1, 1], "Status with the key from before, and changes");
    },
  },
  {
    id: "nodes/estimate-elsewhere",
    says: "What another address has to send is counted, and the count moves no key.",
    spec: ["MS-ASCMD_R1643", "MS-ASCMD_R4591"],
    level: "MUST",
    needs: commands("GetItemEstimate"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 2);
      for (const _node of t.nodes)
        t.equal("MS-ASCMD_R1643", (await device.getItemEstimate(folder)).count, 2, "Estimate");
      const { status, changes } = await device.sync(folder, { once: true, window: 512 });
      t.equal("MS-ASCMD_R4591", [status, changes.length], [1, 2], "Status of the Sync, and changes");
      for (const _node of t.nodes)
        t.equal("MS-ASCMD_R1643", (await device.getItemEstimate(folder)).count, 0, "Estimate");
    },
  },
  {
    id: "nodes/estimate-with-an-old-key-is-4",
    says: "A key that is long past is answered with Status 4 at every address.",
    spec: ["MS-ASCMD_R4594"],
    level: "MUST",
    needs: commands("GetItemEstimate"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const key = device.key(folder);
      for (const name of ["Anna", "Berta", "Carla"])
        await t.add(device, folder, contact(t.marker, { FirstName: name }));
      for (const node of t.nodes) {
        t.via(device, node);
        t.equal("MS-ASCMD_R4594", (await device.getItemEstimate(folder, { key })).status, 4, "Status");
      }
    },
  },
  {
    id: "nodes/fetch-elsewhere",
    says: "An item that was added at one address is fetched at every other.",
    spec: ["MS-ASCMD_R194", "MS-ASCMD_R3879"],
    level: "MUST",
    versions: since("12.0"),
    needs: commands("ItemOperations"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker, { CompanyName: "ACME" }));
      for (const _node of t.nodes) {
        const { status, items } = await device.fetch(folder, serverId);
        t.equal("MS-ASCMD_R194", [status, items[0]?.status], [1, 1], "Status, and that of the item");
        t.equal("MS-ASCMD_R3879", valueOf(items[0]?.data ?? [], "Contacts:CompanyName"), "ACME", "CompanyName");
      }
    },
  },
  {
    id: "nodes/deleted-item-is-gone-everywhere",
    says: "An item that was deleted at one address is not fetched at another.",
    spec: ["MS-ASCMD_R194"],
    level: "MUST",
    versions: since("12.0"),
    needs: commands("ItemOperations"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      await device.remove(folder, serverId);
      for (const _node of t.nodes) {
        const { items } = await device.fetch(folder, serverId);
        t.equal("MS-ASCMD_R194", items[0]?.status, 6, "Status of the item");
      }
    },
  },
  {
    id: "nodes/device-information-is-taken-everywhere",
    says: "A device introduces itself at any address.",
    spec: ["MS-ASCMD_R4383"],
    level: "MUST",
    versions: between("12.0", "14.0"),
    needs: commands("Settings"),
    async run(device, t) {
      for (const node of t.nodes) {
        const { body, ...reply } = await device.introduce({ Model: "Conformance", FriendlyName: `No ${node}` });
        const property = body && child(body, "Settings:DeviceInformation");
        t.equal("MS-ASCMD_R4383", statusOf({ ...reply, body }), 1, "Status");
        t.equal("MS-ASCMD_R4383", property && childText(property, "Settings:Status"), "1", "its own Status");
      }
    },
  },
  {
    id: "nodes/addresses-are-the-same",
    says: "The user's mail addresses are the same at every address of the server.",
    spec: ["MS-ASCMD_R2651"],
    level: "MUST",
    versions: since("12.0"),
    needs: commands("Settings"),
    async run(device, t) {
      const first = await device.addresses();
      t.ok("MS-ASCMD_R2651", first.length > 0, "there is one");
      for (const _node of t.nodes) t.equal("", await device.addresses(), first, "addresses");
    },
  },
];
