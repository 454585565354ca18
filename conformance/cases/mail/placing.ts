/** Where a message is: deleted into the trash or for good, moved, and fetched again. */
import { since } from "../../../src/schema/versions.ts";
import { child, element } from "../../../src/wire/element.ts";
import type { Device, Folder } from "../../device/device.ts";
import { collectionElement } from "../../device/requests.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, comes, mailFolder, modern, readBody, seenBody, withMarker } from "./mailbox.ts";
import { encoded, html, multipart, text } from "./messages.ts";

const long = "0123456789".repeat(100);

/** How many messages of the case a folder holds, as a device that has just come sees it. */
async function countIn(t: Trial, which: "inbox" | "deleted"): Promise<number> {
  const late = t.device();
  const folder = await mailFolder(late, t, which);
  return withMarker(late, folder, t.marker).length;
}

async function placesOf(t: Trial): Promise<string> {
  return `${await countIn(t, "inbox")} in the inbox, ${await countIn(t, "deleted")} deleted`;
}

/** A message in the inbox, and the Deleted Items, both known to the device. */
async function scene(device: Device, t: Trial): Promise<{ inbox: Folder; deleted: Folder; id: string }> {
  const deleted = await mailFolder(device, t, "deleted");
  const { inbox, serverId } = await arrive(device, t);
  return { inbox, deleted, id: serverId };
}

/** A deletion under one way of saying where it leads. */
function deletion(
  name: string,
  says: string,
  spec: readonly string[],
  said: boolean | undefined | "empty",
  isKept: boolean,
): Case {
  return {
    id: `mail-places/delete-${name}`,
    says,
    spec,
    level: "MUST",
    async run(device, t) {
      const { inbox, id } = await scene(device, t);
      const commands = [{ kind: "Delete" as const, serverId: id }];
      if (said === "empty") {
        const asked = { id: inbox.id, key: device.key(inbox), class: "Email", deletesAsMoves: true, commands };
        const written = collectionElement(t.version, asked);
        const content = Array.isArray(written.content) ? written.content : [];
        const emptied = content.map((one) => (one.name === "AirSync:DeletesAsMoves" ? element(one.name) : one));
        const collection = element("AirSync:Collection", emptied);
        await device.send("Sync", element("AirSync:Sync", [element("AirSync:Collections", [collection])]));
      } else {
        await device.sync(inbox, { commands, ...(said === undefined ? {} : { deletesAsMoves: said }) });
      }
      t.equal(spec, await placesOf(t), `0 in the inbox, ${isKept ? 1 : 0} deleted`, "copies");
    },
  };
}

/** A move that is refused. */
function refusedMove(
  name: string,
  says: string,
  spec: string,
  status: number,
  asked: (scene: { inbox: Folder; deleted: Folder; id: string }) => readonly [Folder, string, Folder],
): Case {
  return {
    id: `mail-places/move-${name}`,
    says,
    spec: [spec],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const [source, item, target] = asked(await scene(device, t));
      const { moves } = await device.moveItems(source, [item], target);
      t.equal(spec, moves[0]?.status, status, "Status");
      t.equal("", await placesOf(t), "1 in the inbox, 0 deleted", "copies");
    },
  };
}

const nowhere = (folder: Folder): Folder => ({ ...folder, id: "no-such-folder" });

export const mailPlaceCases: readonly Case[] = [
  deletion(
    "unsaid",
    "A message that is deleted goes into the Deleted Items, where nothing else is said.",
    ["MS-ASCMD_R2161", "MS-ASCMD_R5875"],
    undefined,
    true,
  ),
  deletion("as-move", "With DeletesAsMoves 1 it goes into the Deleted Items.", ["MS-ASCMD_R2160"], true, true),
  deletion("empty", "With an empty DeletesAsMoves it goes into the Deleted Items.", ["MS-ASCMD_R5874"], "empty", true),
  deletion("for-good", "With DeletesAsMoves 0 it is gone for good.", ["MS-ASCMD_R2158"], false, false),
  {
    id: "mail-places/delete-from-deleted",
    says: "What is deleted in the Deleted Items is gone for good.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      await device.remove(inbox, id);
      const { serverId } = await comes(device, t, deleted, t.marker);
      t.equal("", (await device.remove(deleted, serverId)).status, 1, "Status");
      t.equal("", await placesOf(t), "0 in the inbox, 0 deleted", "copies");
    },
  },
  {
    id: "mail-places/delete-shows-in-deleted",
    says: "A message that was deleted comes into the Deleted Items with the next Sync of it.",
    spec: ["MS-ASCMD_R2160"],
    level: "MUST",
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      await device.remove(inbox, id);
      const { data } = await comes(device, t, deleted, t.marker);
      t.equal("MS-ASCMD_R2160", valueOf(data, "Email:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "mail-places/move",
    says: "A message is moved to another folder: the answer tells its new id, and the next Syncs bring it there.",
    spec: ["MS-ASCMD_R285", "MS-ASCMD_R290"],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      const { moves } = await device.moveItems(inbox, [id], deleted);
      t.equal("MS-ASCMD_R285", [moves[0]?.item, moves[0]?.status], [id, 3], "item and Status");
      const moved = t.found(moves[0]?.moved, "its new id");
      await device.sync(deleted, { window: 512 });
      t.ok("MS-ASCMD_R290", device.items(deleted).has(moved), "the message under its new id");
      t.equal("", await placesOf(t), "0 in the inbox, 1 deleted", "copies");
    },
  },
  {
    id: "mail-places/move-is-told",
    says: "Another device is told of a moved message: a Delete in the one folder, an Add in the other.",
    spec: ["MS-ASCMD_R289"],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      const other = t.device();
      const [theirs, trash] = [await mailFolder(other, t, "inbox"), await mailFolder(other, t, "deleted")];
      await device.moveItems(inbox, [id], deleted);
      const gone = (await other.sync(theirs, { window: 512 })).changes.map(({ kind, serverId }) => [kind, serverId]);
      t.equal("MS-ASCMD_R289", gone, [["Delete", id]], "in the inbox");
      const come = (await other.sync(trash, { window: 512 })).changes.map(({ kind }) => kind);
      t.equal("MS-ASCMD_R289", come, ["Add"], "in the other");
    },
  },
  {
    id: "mail-places/move-keeps-read",
    says: "A message that was read is read where it is moved to.",
    spec: [],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      await device.change(inbox, id, [element("Email:Read", "1")]);
      await device.moveItems(inbox, [id], deleted);
      const { data } = await comes(device, t, deleted, t.marker);
      t.equal("", valueOf(data, "Email:Read"), "1", "Read");
    },
  },
  {
    id: "mail-places/move-there-and-back",
    says: "A message that is moved there and back is one message still.",
    spec: ["MS-ASCMD_R285"],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      const there = await device.moveItems(inbox, [id], deleted);
      await device.sync(deleted, { window: 512 });
      const back = await device.moveItems(deleted, [t.found(there.moves[0]?.moved, "its new id")], inbox);
      t.equal("MS-ASCMD_R285", back.moves[0]?.status, 3, "Status");
      t.equal("", await placesOf(t), "1 in the inbox, 0 deleted", "copies");
    },
  },
  {
    id: "mail-places/move-again",
    says: "A message that was moved away cannot be moved again from where it was: Status 1.",
    spec: ["MS-ASCMD_R4208"],
    level: "MUST",
    needs: commands("MoveItems"),
    async run(device, t) {
      const { inbox, deleted, id } = await scene(device, t);
      const other = t.device();
      const theirs = await mailFolder(other, t, "inbox");
      await device.moveItems(inbox, [id], deleted);
      const { moves } = await other.moveItems(theirs, [id], other.folder(deleted.id));
      t.equal("MS-ASCMD_R4208", moves[0]?.status, 1, "Status");
    },
  },
  refusedMove(
    "to-itself",
    "A move into the folder where the message is gets Status 4.",
    "MS-ASCMD_R4219",
    4,
    ({ inbox, id }) => [inbox, id, inbox],
  ),
  refusedMove(
    "from-nowhere",
    "A move out of a folder that is not there gets Status 1.",
    "MS-ASCMD_R4207",
    1,
    ({ inbox, deleted, id }) => [nowhere(inbox), id, deleted],
  ),
  refusedMove(
    "to-nowhere",
    "A move into a folder that is not there gets Status 2.",
    "MS-ASCMD_R4212",
    2,
    ({ inbox, deleted, id }) => [inbox, id, nowhere(deleted)],
  ),
  {
    id: "mail-places/sync-fetch",
    says: "A Sync fetches a message whole, whose text was cut.",
    spec: ["MS-ASCMD_R5433"],
    level: "MUST",
    async run(device, t) {
      const isOld = t.version === "2.5";
      const sync = isOld ? { truncation: 1 } : { bodyPreferences: [{ type: 1 as const, truncationSize: 20 }] };
      const { inbox, serverId } = await arrive(device, t, { part: text(long), sync });
      const { results } = await device.sync(inbox, { commands: [{ kind: "Fetch", serverId }] });
      t.equal("MS-ASCMD_R5433", [results[0]?.kind, results[0]?.status], ["Fetch", 1], "result and Status");
      const data = results[0]?.data ?? [];
      const whole = isOld ? valueOf(data, "Email:Body") : seenBody(t, data).data;
      t.equal("MS-ASCMD_R5433", whole?.trimEnd(), long, "its text");
    },
  },
  {
    id: "mail-places/sync-fetch-of-nothing",
    says: "A Fetch in a Sync of a message that is not there gets Status 8.",
    spec: ["MS-ASCMD_R4447"],
    level: "MUST",
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t);
      const other = t.device();
      await other.remove(await mailFolder(other, t, "inbox"), serverId, { deletesAsMoves: false });
      const { results } = await device.sync(inbox, { commands: [{ kind: "Fetch", serverId }] });
      t.equal("MS-ASCMD_R4447", results[0]?.status, 8, "Status");
    },
  },
  {
    id: "mail-places/fetch",
    says: "A message is fetched by its folder and id, in the form and length that is asked for.",
    spec: ["MS-ASEMAIL_R61", "MS-ASAIRS_R379"],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t, { part: text(long) });
      const cut = await device.fetch(inbox, serverId, { bodyPreferences: [{ type: 1, truncationSize: 50 }] });
      const data = cut.items[0]?.data ?? [];
      t.equal("MS-ASEMAIL_R61", valueOf(data, "Email:Subject"), t.marker, "Subject");
      t.equal("MS-ASAIRS_R379", seenBody(t, data).data, long.slice(0, 50), "Data");
    },
  },
  {
    id: "mail-places/fetch-all-or-none",
    says: "A fetch with AllOrNone brings a text that fits, and none that does not.",
    spec: ["MS-ASAIRS_R54", "MS-ASAIRS_R377"],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t, { part: text(long) });
      const fetch = async (truncationSize: number) => {
        const bodyPreferences = [{ type: 1 as const, truncationSize, allOrNone: true }];
        const { items } = await device.fetch(inbox, serverId, { bodyPreferences });
        return named(items[0]?.data ?? [], "AirSyncBase:Body");
      };
      const fits = readBody(t.found(await fetch(2_000), "a Body"));
      t.equal("MS-ASAIRS_R54", fits.data?.trimEnd(), long, "Data");
      const none = await fetch(50);
      t.ok("MS-ASAIRS_R377", !(none && child(none, "AirSyncBase:Data"))?.content?.length, "none of it");
    },
  },
  {
    id: "mail-places/fetch-schema",
    says: "Of a message only the properties of the Schema are fetched.",
    spec: ["MS-ASEMAIL_R63"],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t);
      const { items } = await device.fetch(inbox, serverId, { schema: ["Email:Subject", "Email:Read"] });
      const names = (items[0]?.data ?? []).map(({ name }) => name).toSorted();
      t.equal("MS-ASEMAIL_R63", names, ["Email:Read", "Email:Subject"], "properties");
    },
  },
  {
    id: "mail-places/fetch-secure",
    says: "A signed message is fetched as MIME, complete, with its type and size.",
    spec: ["MS-ASCMD_R3363", "MS-ASCMD_R3366", "MS-ASCMD_R3367", "MS-ASCMD_R3368"],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const signature = encoded(Buffer.from("no signature"), 'application/pkcs7-signature; name="smime.p7s"', "base64");
      const part = multipart('signed; protocol="application/pkcs7-signature"', [text("Signed words."), signature]);
      const { inbox, serverId } = await arrive(device, t, { part });
      const { items } = await device.fetch(inbox, serverId, { mimeSupport: 1, bodyPreferences: [{ type: 4 }] });
      const data = items[0]?.data ?? [];
      t.ok("MS-ASCMD_R3363", named(data, "AirSyncBase:Body") !== undefined, "a Body");
      const seen = seenBody(t, data);
      t.equal("MS-ASCMD_R3366", seen.type, "4", "Type");
      t.ok("MS-ASCMD_R3367", seen.size > 0, `EstimatedDataSize ${seen.size}`);
      const isWhole = seen.data?.includes("Signed words.") === true && seen.data.includes("pkcs7-signature");
      t.ok("MS-ASCMD_R3368", isWhole, `Data: ${seen.data}`);
    },
  },
  {
    id: "mail-places/fetch-page",
    says: "A message of which the text was synced is fetched as the page that it is.",
    spec: ["MS-ASAIRS_R305"],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const part = html("<html><body>Some <i>words</i></body></html>");
      const { inbox, serverId } = await arrive(device, t, { part, sync: { bodyPreferences: [{ type: 1 }] } });
      const { items } = await device.fetch(inbox, serverId, { bodyPreferences: [{ type: 2 }] });
      const seen = seenBody(t, items[0]?.data ?? []);
      t.equal("MS-ASAIRS_R305", [seen.type, seen.data?.includes("<i>words</i>")], ["2", true], "Type, and the page");
    },
  },
  {
    id: "mail-places/message-part",
    says: "Who asks for the message part alone gets that, in HTML, and no Body.",
    spec: ["MS-ASAIRS_R120", "MS-ASCON_R247"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const { data } = await arrive(device, t, { sync: { bodyPartPreferences: [{ type: 2 }] } });
      const part = t.found(named(data, "AirSyncBase:BodyPart"), "a BodyPart");
      t.ok("MS-ASAIRS_R120", child(part, "AirSyncBase:Data") !== undefined, "Data in it");
      t.equal("MS-ASCON_R247", named(data, "AirSyncBase:Body"), undefined, "Body");
    },
  },
  {
    id: "mail-places/no-message-part-unasked",
    says: "Who does not ask for the message part gets none.",
    spec: ["MS-ASCON_R237", "MS-ASCON_R245", "MS-ASCON_R246"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const { inbox, serverId, data } = await arrive(device, t, { sync: { bodyPreferences: [{ type: 2 }] } });
      t.equal(["MS-ASCON_R237", "MS-ASCON_R246"], named(data, "AirSyncBase:BodyPart"), undefined, "BodyPart");
      const other = t.device();
      const theirs = await mailFolder(other, t, "inbox");
      const seen = t.found(other.items(theirs).get(serverId), `${serverId} of ${inbox.name} on another device`);
      const names = seen.data.map(({ name }) => name).filter((name) => /Body(Part)?$/.test(name));
      t.equal("MS-ASCON_R245", names, ["AirSyncBase:Body"], "bodies");
    },
  },
  {
    id: "mail-places/message-part-beside-body",
    says: "Who asks for both gets Body and BodyPart.",
    spec: ["MS-ASCON_R248", "MS-ASCON_R243"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const sync = { bodyPreferences: [{ type: 2 as const }], bodyPartPreferences: [{ type: 2 as const }] };
      const { data } = await arrive(device, t, { sync });
      const both = ["AirSyncBase:Body", "AirSyncBase:BodyPart"] as const;
      t.equal(
        ["MS-ASCON_R248", "MS-ASCON_R243"],
        both.map((name) => named(data, name) !== undefined),
        [true, true],
        "bodies",
      );
    },
  },
  {
    id: "mail-places/message-part-cut",
    says: "A message part is cut to TruncationSize, says so, and tells its size.",
    spec: ["MS-ASCON_R239", "MS-ASCON_R240", "MS-ASAIRS_R282"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const part = html(`<html><body>${long}</body></html>`);
      const { data } = await arrive(device, t, {
        part,
        sync: { bodyPartPreferences: [{ type: 2, truncationSize: 100 }] },
      });
      const seen = t.found(named(data, "AirSyncBase:BodyPart"), "a BodyPart");
      const { data: sent, truncated, size: whole } = readBody(seen);
      t.ok("MS-ASCON_R239", sent !== undefined && Buffer.byteLength(sent) <= 100, `Data: ${sent}`);
      t.equal("MS-ASAIRS_R282", truncated, true, "Truncated");
      t.ok("MS-ASCON_R240", whole > long.length, `EstimatedDataSize ${whole}`);
    },
  },
  {
    id: "mail-places/message-part-preview",
    says: "A message part has a preview of no more characters than are asked for.",
    spec: ["MS-ASAIRS_R255", "MS-ASAIRS_R256"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const part = html("<html><body>The quick brown fox</body></html>");
      const { data } = await arrive(device, t, { part, sync: { bodyPartPreferences: [{ type: 2, preview: 9 }] } });
      const seen = t.found(named(data, "AirSyncBase:BodyPart"), "a BodyPart");
      const { preview } = readBody(seen);
      t.ok("MS-ASAIRS_R256", preview !== undefined, "a Preview");
      t.equal("MS-ASAIRS_R255", preview, "The quick", "Preview");
    },
  },
  {
    id: "mail-places/message-part-fetched",
    says: "A fetch brings the message part where it is asked for, and refuses it in another type than HTML.",
    spec: ["MS-ASCON_R236", "MS-ASCON_R241"],
    level: "MUST",
    versions: since("14.1"),
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t);
      const { items } = await device.fetch(inbox, serverId, { bodyPartPreferences: [{ type: 2 }] });
      t.ok("MS-ASCON_R236", named(items[0]?.data ?? [], "AirSyncBase:BodyPart") !== undefined, "a BodyPart");
      const other = await device.fetch(inbox, serverId, { bodyPartPreferences: [{ type: 1 }] });
      t.ok("MS-ASCON_R241", [other.status, other.items[0]?.status].includes(164), "164 for plain text");
    },
  },
  {
    id: "mail-places/message-part-of-other-type",
    says: "A message part in another type than HTML is refused with Status 164.",
    spec: ["MS-ASCON_R241", "MS-ASCMD_R5412"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const { inbox } = await arrive(device, t);
      const { status } = await device.sync(inbox, { bodyPartPreferences: [{ type: 1 }], once: true });
      t.equal(["MS-ASCON_R241", "MS-ASCMD_R5412"], status, 164, "Status");
    },
  },
];
