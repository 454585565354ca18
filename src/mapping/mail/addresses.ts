/** Addresses of a message as EAS has them: lists of RFC 5322 mailboxes, their names in plain characters. */
import { cutToUnits } from "../../protocol/body.ts";
import { oneLine } from "./line.ts";
import type { MailAddress } from "./message.ts";

/** Characters that a list may have (MS-ASEMAIL_R477, R788). */
const listCharacters = 32_768;

/** A list of mailboxes, cut behind the last that fits whole; undefined when there is none. */
export function mailboxList(
  addresses: readonly MailAddress[],
  separator: ", " | ";",
  most: number = listCharacters,
): string | undefined {
  return joined(addresses, mailbox, separator, most);
}

/** The names of those a message is for (MS-ASEMAIL_R399, R400); an address stands for one who has no name. */
export function displayList(addresses: readonly MailAddress[]): string | undefined {
  // The separator must not be looked for in a name.
  return joined(addresses, ({ name, address }) => (oneLine(name) || oneLine(address)).replaceAll(";", ","), "; ");
}

/** `"Name" <address>`, as Exchange writes it; the address stands for the name of one who has none. */
export function mailbox({ name, address }: MailAddress): string {
  const plain = addressOf(address);
  // The name of a group has no address, and nobody can be reached by it.
  if (plain === "") return "";
  const said = cutToUnits(oneLine(name), 255) || plain;
  return `"${said.replace(/["\\]/g, (character) => `\\${character}`)}" <${plain}>`;
}

/** An address in which nothing can end it. */
export function addressOf(address: string): string {
  return oneLine(address)
    .replace(/[\s<>,;]/g, "")
    .slice(0, 320);
}

function joined(
  addresses: readonly MailAddress[],
  write: (address: MailAddress) => string,
  separator: string,
  most: number = listCharacters,
): string | undefined {
  let list = "";
  for (const one of addresses) {
    const text = write(one);
    if (text === "") continue;
    const longer = list === "" ? text : list + separator + text;
    if (longer.length > most) break;
    list = longer;
  }
  return list === "" ? undefined : list;
}
