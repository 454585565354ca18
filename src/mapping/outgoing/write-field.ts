/** Header fields that are written anew: ASCII, at most 78 characters a line where that can be had. */

import { readAddresses } from "./addresses.ts";

const wordOctets = 42; // 56 in base64, 68 with =?UTF-8?B?…?=

/** A list of addresses as a device writes it: one that is none yet stays to be seen, and cannot be sent to. */
export function addressList(said: string): string {
  const entries = readAddresses(said.replace(/[\p{Cc}]+/gu, " "));
  return entries
    .map(({ text, name, address }) => (address === undefined ? word(text) : mailbox(name, address)))
    .join(",\r\n ");
}

/** Something that reads as a mailbox without a domain. */
function word(text: string): string {
  const shown = text.trim().slice(0, 320);
  if (/[^\p{ASCII}]/u.test(shown)) return words(shown);
  return /^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(shown) && !shown.includes("=?")
    ? shown
    : `"${shown.replace(/["\\]/g, "\\$&")}"`;
}

/** Name and address, as they stand in a field. */
export function mailbox(name: string | undefined, address: string): string {
  const shown = (name ?? "").replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return shown === "" ? address : `${phrase(shown)} <${address}>`;
}

function phrase(text: string): string {
  if (/[^\p{ASCII}]/u.test(text)) return words(text);
  return /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(text) && !text.includes("=?") ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Text of a field without structure, such as the subject. */
export function unstructured(text: string): string {
  const shown = text.replace(/[\p{Cc}]+/gu, " ").trim();
  return /[^\p{ASCII}]/u.test(shown) || shown.includes("=?") ? words(shown) : shown;
}

/** Encoded words (RFC 2047), each of whole characters. */
function words(text: string): string {
  const pieces: string[] = [""];
  for (const character of text) {
    const last = pieces.length - 1;
    const longer = `${pieces[last]}${character}`;
    if (Buffer.byteLength(longer) <= wordOctets) pieces[last] = longer;
    else pieces.push(character);
  }
  return pieces.map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString("base64")}?=`).join("\r\n ");
}

/** A date and time as RFC 5322 §3.3 has it. */
export function dateText(time: number): string {
  return new Date(time).toUTCString().replace("GMT", "+0000");
}
