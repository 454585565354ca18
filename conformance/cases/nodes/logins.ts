/** Nodes: credentials, at each address. One version stands for all: they are read before it. */
import { between } from "../../../src/schema/versions.ts";
import { folderSyncRequest } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { wrongPassword } from "../samples.ts";

const versions = between("14.1", "14.1");

export const nodeLoginCases: readonly Case[] = [
  {
    id: "nodes/wrong-password-is-401-everywhere",
    says: "A wrong password is answered with 401 and a challenge by every address; the right one works right after.",
    spec: ["MS-ASHTTP_R523"],
    level: "MUST",
    versions,
    async run(device, t) {
      const stranger = t.device({ deviceId: device.deviceId, password: wrongPassword });
      for (const node of t.nodes) {
        t.via(stranger, node);
        const reply = await stranger.send("FolderSync", folderSyncRequest("0"));
        t.equal("MS-ASHTTP_R523", reply.status, 401, "HTTP status");
        t.ok("", reply.header("WWW-Authenticate") !== undefined, "a challenge tells what is wanted (RFC 9110 §11.6.1)");
      }
      for (const node of t.nodes) {
        t.via(device, node);
        t.equal("", (await device.folderSync({ key: "0" })).status, 1, "Status with the right password");
      }
    },
  },
  {
    id: "nodes/no-credentials-is-401-everywhere",
    says: "A request without credentials is answered with 401 by every address, and does not disturb the device.",
    spec: ["MS-ASHTTP_R178"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      for (const node of t.nodes) {
        t.via(device, node);
        const reply = await device.send("Sync", undefined, { headers: { Authorization: "" } });
        t.equal("MS-ASHTTP_R178", reply.status, 401, "HTTP status");
      }
      t.equal("", (await device.sync(folder, { once: true })).status, 1, "Status of the next Sync");
    },
  },
];
