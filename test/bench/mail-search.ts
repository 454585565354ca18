/** A search by a phone, against the SEARCH alone. */
import { element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";
import { memoryPassword } from "../gateway/child.ts";
import { type MailWorld, mailUser, messages } from "./mail-world.ts";
import { createPhone, type Phone } from "./phone.ts";
import { median, type Result, timed } from "./result.ts";

const count = 5_000;
const octetsOfMail = 8_000;
/** In the text of every message, and in no header. */
const word = "lazy";

/** A word that is in every message: the first hundred hits with the beginnings of their texts, and the next hundred. */
export async function benchMailSearch({ gateway, counter, other }: MailWorld): Promise<readonly Result[]> {
  await other.append("INBOX", messages(count, octetsOfMail));
  const phone = createPhone(gateway.url, mailUser, memoryPassword, "searches");
  const folder = await phone.folderId("2");
  const floor: number[] = [];
  const first: number[] = [];
  const next: number[] = [];
  const commands: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    floor.push(await timed(() => searchRaw(other)));
    counter.reset();
    first.push(await timed(() => search(phone, folder, "0-99")));
    commands.push([...counter.commands.values()].reduce((sum, one) => sum + one, 0));
    next.push(await timed(() => search(phone, folder, "100-199")));
  }
  phone.hangUp();
  const name = `a search in ${count} mails`;
  return [
    { name: `${name}, first 100 hits`, measured: median(first), unit: "ms", floor: median(floor), target: 2 },
    { name: `${name}, next 100 hits`, measured: median(next), unit: "ms" },
    { name: `${name}, IMAP commands`, measured: median(commands), unit: "", target: 5 },
  ];
}

async function searchRaw(other: MailWorld["other"]): Promise<void> {
  await other.ask("SELECT INBOX");
  const keys = ["SUBJECT", "FROM", "TO", "CC"].map((key) => `OR ${key} ${word}`).join(" ");
  const answer = await other.ask(`UID SEARCH RETURN (ALL) ${keys} BODY ${word} UNDELETED`);
  if (!answer.includes(" ALL ")) throw new Error("nothing was found");
}

async function search(phone: Phone, folder: string, range: string): Promise<void> {
  const preference = element("AirSyncBase:BodyPreference", [
    element("AirSyncBase:Type", 1),
    element("AirSyncBase:TruncationSize", 200),
  ]);
  const isFirst = range.startsWith("0-");
  const document = element("Search:Search", [
    element("Search:Store", [
      element("Search:Name", "Mailbox"),
      element("Search:Query", [
        element("Search:And", [
          element("AirSync:Class", "Email"),
          element("AirSync:CollectionId", folder),
          element("Search:FreeText", word),
        ]),
      ]),
      element("Search:Options", [
        isFirst ? element("Search:RebuildResults") : undefined,
        element("Search:Range", range),
        preference,
      ]),
    ]),
  ]);
  const answer = decode(await phone.post("Search", encode(document)));
  const hits = JSON.stringify(answer).split('"Search:LongId"').length - 1;
  if (hits !== 100) throw new Error(`${hits} hits of 100`);
}
