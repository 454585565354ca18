/**
 * Notes: VJOURNAL against the Notes namespace, from 14.0 on. Rows stand in sending order. A device names no Supported
 * properties here (MS-ASNOTE_R114): what a Change leaves out stays, but for the categories (R112, R113, R10003).
 */
import { text } from "../src/mapping/cells.ts";
import { defineMapping, type Mapping } from "../src/mapping/define.ts";
import { notesMapping } from "../src/mapping/notes.ts";
import { body, noBody } from "../src/mapping/rules/body.ts";
import { categories } from "../src/mapping/rules/categories.ts";
import { nativeBody } from "../src/mapping/rules/event.ts";
import { lastModified, messageClass } from "../src/mapping/rules/note.ts";
import { since } from "../src/schema/versions.ts";

const down = since("14.0");
const up = since("14.0");

export const notesTable: Mapping = defineMapping("Notes", "VJOURNAL", [
  {
    tag: "Notes:Subject",
    property: "SUMMARY",
    cell: text,
    down,
    up,
    absent: "keep",
    empty: "send",
    spec: "MS-ASNOTE_R58, MS-ASNOTE_R10003; RFC 5545 §3.8.1.12",
  },
  {
    tag: "Notes:MessageClass",
    rule: messageClass,
    down,
    up,
    absent: "keep",
    empty: "omit",
    remember: true,
    loss: "a class below IPM.StickyNote is remembered",
    spec: "MS-ASNOTE_R54, MS-ASNOTE_R57, MS-ASNOTE_R119",
  },
  {
    tag: "Notes:LastModifiedDate",
    rule: lastModified,
    down,
    absent: "keep",
    empty: "omit",
    spec: "MS-ASNOTE_R51, MS-ASNOTE_R125, MS-ASNOTE_R209; RFC 5545 §3.8.7.3, §3.8.7.2",
  },
  {
    tag: "Notes:Categories",
    rule: categories("Notes:Categories", "Notes:Category"),
    holds: ["Notes:Category"],
    down,
    up,
    absent: "clear",
    spec: "MS-ASNOTE_R44, MS-ASNOTE_R112, MS-ASNOTE_R10002; RFC 5545 §3.8.1.2",
  },
  {
    tag: "AirSyncBase:Body",
    rule: body({ property: "DESCRIPTION" }),
    down,
    up,
    absent: "keep",
    empty: noBody,
    loss: "HTML from a device is stored as the text it shows; a second DESCRIPTION, and HTML beside it, is not sent",
    spec: "MS-ASNOTE_R35, MS-ASNOTE_R113, MS-ASAIRS_R1400; RFC 5545 §3.8.1.5, §3.6.3",
  },
  {
    tag: "AirSyncBase:NativeBodyType",
    rule: nativeBody,
    down,
    absent: "keep",
    empty: "omit",
    spec: "MS-ASAIRS_R231, MS-ASAIRS_R237",
  },
]);

export const notes = notesMapping(notesTable);
