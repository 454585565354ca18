/** A note (MS-ASNOTE); the class exists from 14.0 on. */
import { type ItemClass, inAnyOrder, optional, upTo } from "../tree.ts";
import { since } from "../versions.ts";
import { body, nativeBodyType } from "./base.ts";

const categories = inAnyOrder(upTo(300, "Notes:Category", "MS-ASNOTE_R48"));

export const notes: ItemClass = {
  name: "Notes",
  pages: ["Notes"],
  members: [
    optional("Notes:Subject", since("14.0"), "MS-ASNOTE_R58"),
    body,
    nativeBodyType,
    optional("Notes:MessageClass", since("14.0"), "MS-ASNOTE_R54"),
    optional("Notes:LastModifiedDate", since("14.0"), "MS-ASNOTE_R51"),
    optional("Notes:Categories", since("14.0"), categories, "MS-ASNOTE_R44"),
  ],
};
