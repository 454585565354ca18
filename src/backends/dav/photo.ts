/** Photos that a server loses when it converts a 4.0 card to 3.0 (Cyrus): the data URI ends before its data. */
import { BackendError } from "../../errors.ts";
import type { Item } from "../backend.ts";
import { readItem } from "./item.ts";
import { fetchAll, type Wire } from "./wire.ts";
import { cardInVersion } from "./xml.ts";

const cutPhoto = /^PHOTO[^:\r\n]*:data:[^,;\r\n]*\r\n(?![ \t])/im;

/** The item, in its other version where its photo is only there. */
export async function withPhoto(wire: Wire, item: Item, signal: AbortSignal): Promise<Item> {
  if (!cutPhoto.test(item.text)) return item;
  const path = item.href.slice(0, item.href.lastIndexOf("/") + 1);
  const body = cardInVersion(item.href, "4.0");
  try {
    const { responses } = await fetchAll(wire, { method: "REPORT", path, depth: "0", body, signal });
    const [whole] = responses.flatMap((response) => readItem(response, "addressbook") ?? []);
    return whole ?? item;
  } catch (error) {
    if (error instanceof BackendError && error.kind === "refused") return item;
    throw error;
  }
}
