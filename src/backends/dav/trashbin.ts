/**
 * Nextcloud keeps a deleted event for 30 days in the trash bin beside its calendars, and its UID with it: to store that
 * UID again is answered with 500 (400 before version 26) until the deleted one is deleted for good.
 */
import { BackendError } from "../../errors.ts";
import { uidOf } from "../uid.ts";
import { accept } from "./accept.ts";
import { readItem } from "./item.ts";
import { NEXTCLOUD, property } from "./multistatus.ts";
import { send, stream, type Wire } from "./wire.ts";
import type { Put } from "./write.ts";
import { trashQuery } from "./xml.ts";

/** Statuses by which the trash bin makes itself felt. */
const felt = new Set([400, 500]);

/**
 * Frees the UID of an event that failed to be stored for this reason; false when there is no trash bin or the event is
 * not in it, so that the failure stands.
 */
export async function freeUid(wire: Wire, put: Put, reason: unknown): Promise<boolean> {
  if (!(reason instanceof BackendError) || reason.status === undefined || !felt.has(reason.status)) return false;
  const uid = uidOf(put.text);
  if (reason.kind === "conflict" || uid === undefined || !/^\s*BEGIN:VCALENDAR/i.test(put.text)) return false;
  try {
    const hrefs = await deletedWith(wire, put, uid);
    for (const href of hrefs) {
      wire.log.info({ href }, "backend: the UID of a new event is in the trash bin, deleting it there");
      await accept(`DELETE ${href}`, await send(wire, "DELETE", href, { signal: put.signal }));
    }
    return hrefs.length > 0;
  } catch (error) {
    put.signal?.throwIfAborted();
    wire.log.debug({ collection: put.collection, error }, "backend: no trash bin to look into");
    return false;
  }
}

/** What was deleted from this collection under this UID. The trash bin ignores filters: everything is compared. */
async function deletedWith(wire: Wire, { collection, signal }: Put, uid: string): Promise<readonly string[]> {
  const [name = ""] = collection.split("/").slice(-2);
  const path = `${collection.slice(0, -name.length - 1)}trashbin/objects/`;
  const hrefs: string[] = [];
  for await (const responses of stream(wire, { method: "REPORT", path, depth: "1", body: trashQuery(), signal })) {
    for (const response of responses) {
      const item = response.href.startsWith(path) ? readItem(response, "calendar") : undefined;
      const from = property(response, NEXTCLOUD, "calendar-uri")?.text.trim();
      if (item && uidOf(item.text) === uid && from === name) hrefs.push(item.href);
    }
  }
  return hrefs;
}
