/** ClientUid (MS-ASCAL_R2057 to R2062): the name a 16.x client gives to a new event, the same in every retry. */
import { createHash } from "node:crypto";
import { uidCharacters } from "../schema/limits.ts";
import { childText, type Element } from "../wire/element.ts";

/**
 * The ClientUid of an Add in one spelling. Quirk: iOS leaves out the dashes and adds a NUL (seen by grommunio-sync).
 * `undefined` when there is none, or none that is acceptable.
 */
export function clientUidOf(data: Element): string | undefined {
  const said = childText(data, "Calendar:ClientUid");
  if (said === undefined) return undefined;
  const name = said.replaceAll("\0", "").trim();
  if (name === "" || name.length > uidCharacters) return undefined;
  const plain = name.replace(/^\{(.*)\}$/, "$1").replaceAll("-", "");
  return /^[\da-f]{32}$/i.test(plain) ? plain.toLowerCase() : name;
}

/** The UID of the event: a name-based UUID (RFC 9562 §5.5), so that a repeated Add meets the first. */
export function uidOfClientUid(clientUid: string): string {
  const hash = createHash("sha1").update(namespace).update(clientUid).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Chosen once for this project; a change of it would double every event that is being added. */
const namespace = Buffer.from("6f1b1d0e3c7a4c5b9d2e8a4f7c601e42", "hex");
