/**
 * Contacts: vCard 3.0 and 4.0 against the Contacts and Contacts2 namespaces. Rows stand in sending order. The standard
 * lets a device ghost every tag (MS-ASCMD_R4554) but Picture and Body, which omission never clears (MS-ASCMD_R878); the
 * name is cleared by its own empty tags alone, not by a Change that has none of it (rules/name.ts).
 */
import { cardMapping } from "../src/mapping/card.ts";
import { list, part, text, uri } from "../src/mapping/cells.ts";
import { defineMapping } from "../src/mapping/define.ts";
import { addresses } from "../src/mapping/rules/addresses.ts";
import { body, noBody } from "../src/mapping/rules/body.ts";
import { categories } from "../src/mapping/rules/categories.ts";
import { anniversary, birthday } from "../src/mapping/rules/days.ts";
import { emails } from "../src/mapping/rules/emails.ts";
import { im } from "../src/mapping/rules/im.ts";
import { name as names } from "../src/mapping/rules/name.ts";
import { phones } from "../src/mapping/rules/phones.ts";
import { photo } from "../src/mapping/rules/photo.ts";
import { assistant, manager, offspring, spouse } from "../src/mapping/rules/related.ts";
import { all, since, until } from "../src/schema/versions.ts";

/** Sent and taken in every version. */
const ghost = { down: all, up: all, absent: "ghost" } as const;
const keep = { down: all, up: all, absent: "keep" } as const;
const legacy = { down: until("2.5"), up: until("2.5") } as const;

/** The columns that rows of one rule share. */
const name = {
  ...ghost,
  rule: names,
  loss: "several given names or prefixes are one text; a filing order other than FN is remembered",
} as const;
const nickname = {
  ...ghost,
  property: "NICKNAME",
  cell: list,
  remember: true,
  successors: true,
  loss: "a nickname cannot hold a comma; a second line of them is not sent",
} as const;
const email = {
  ...ghost,
  rule: emails,
  remember: true,
  successors: true,
  loss: "a fourth address is not sent; the name in front of an address is remembered",
} as const;
const phone = {
  ...ghost,
  rule: phones,
  remember: true,
  successors: true,
  loss: "further numbers of a kind, and kinds without a tag, are not sent; a number written as a URI is remembered",
} as const;
const messaging = {
  ...ghost,
  rule: im,
  remember: true,
  successors: true,
  loss: "a fourth address is not sent; the scheme is not shown",
} as const;
const address = {
  ...ghost,
  rule: addresses,
  successors: true,
  loss: "further addresses of a kind, the post office box and the extended address are not sent",
} as const;
const web = {
  ...ghost,
  property: "URL",
  cell: uri,
  remember: true,
  successors: true,
  loss: "a second URL is not sent",
} as const;
/** The schema has no empty date: a strict reader fails the whole item, so a cleared day stays on lenient phones. */
const days = { ...ghost, empty: "omit", loss: "a day without its year is not sent" } as const;
const people = { ...ghost, loss: "links to other cards are not sent" } as const;
/** One of them. */
const person = {
  ...ghost,
  remember: true,
  successors: true,
  loss: "links to other cards, and a second name of a kind, are not sent",
} as const;
const labels = { ...ghost, rule: categories("Contacts:Categories", "Contacts:Category") } as const;
const picture = {
  ...keep,
  rule: photo,
  empty: "send",
  loss: "a picture over 48 KiB, linked, or of an unknown format is not sent",
} as const;
const note = {
  absent: "keep",
  rule: body({
    property: "NOTE",
    body: "Contacts:Body",
    truncated: "Contacts:BodyTruncated",
    size: "Contacts:BodySize",
  }),
  loss: "sent in the form and length the device asks for; HTML from a device is stored as plain text",
} as const;

export const contactsTable = defineMapping(
  "Contacts",
  "VCARD",
  [
    { tag: "Contacts:FileAs", ...name, remember: true, spec: "MS-ASCNTC_R231; RFC 6350 §6.2.1" },
    { tag: "Contacts:Title", ...name, spec: "MS-ASCNTC_R400; RFC 6350 §6.2.2" },
    { tag: "Contacts:FirstName", ...name, spec: "MS-ASCNTC_R238; RFC 6350 §6.2.2" },
    { tag: "Contacts:MiddleName", ...name, spec: "MS-ASCNTC_R318; RFC 6350 §6.2.2" },
    { tag: "Contacts:LastName", ...name, spec: "MS-ASCNTC_R308; RFC 6350 §6.2.2" },
    { tag: "Contacts:Suffix", ...name, spec: "MS-ASCNTC_R395; RFC 6350 §6.2.2" },
    { tag: "Contacts:YomiFirstName", property: "X-PHONETIC-FIRST-NAME", cell: text, ...ghost, spec: "MS-ASCNTC_R422" },
    { tag: "Contacts:YomiLastName", property: "X-PHONETIC-LAST-NAME", cell: text, ...ghost, spec: "MS-ASCNTC_R427" },
    { tag: "Contacts2:NickName", ...nickname, spec: "MS-ASCNTC_R333; RFC 6350 §6.2.3" },
    { tag: "Contacts:CompanyName", property: "ORG", cell: part(0), ...ghost, spec: "MS-ASCNTC_R200; RFC 6350 §6.6.4" },
    { tag: "Contacts:YomiCompanyName", property: "X-PHONETIC-ORG", cell: text, ...ghost, spec: "MS-ASCNTC_R417" },
    { tag: "Contacts:Department", property: "ORG", cell: part(1), ...ghost, spec: "MS-ASCNTC_R209; RFC 6350 §6.6.4" },
    {
      tag: "Contacts:JobTitle",
      property: "TITLE",
      cell: text,
      ...ghost,
      successors: true,
      loss: "a second title is not sent",
      spec: "MS-ASCNTC_R303; RFC 6350 §6.6.1",
    },
    { tag: "Contacts:OfficeLocation", ...address, spec: "MS-ASCNTC_R338; RFC 6350 §6.3.1" },
    { tag: "Contacts:Email1Address", ...email, spec: "MS-ASCNTC_R214; RFC 6350 §6.4.2" },
    { tag: "Contacts:Email2Address", ...email, spec: "MS-ASCNTC_R221; RFC 6350 §6.4.2" },
    { tag: "Contacts:Email3Address", ...email, spec: "MS-ASCNTC_R226; RFC 6350 §6.4.2" },
    { tag: "Contacts:MobilePhoneNumber", ...phone, spec: "MS-ASCNTC_R328; RFC 6350 §6.4.1" },
    { tag: "Contacts:HomePhoneNumber", ...phone, spec: "MS-ASCNTC_R278; RFC 6350 §6.4.1" },
    { tag: "Contacts:Home2PhoneNumber", ...phone, spec: "MS-ASCNTC_R283; RFC 6350 §6.4.1" },
    { tag: "Contacts:BusinessPhoneNumber", ...phone, spec: "MS-ASCNTC_R158; RFC 6350 §6.4.1" },
    { tag: "Contacts:Business2PhoneNumber", ...phone, spec: "MS-ASCNTC_R163; RFC 6350 §6.4.1" },
    { tag: "Contacts:HomeFaxNumber", ...phone, spec: "MS-ASCNTC_R273; RFC 6350 §6.4.1" },
    { tag: "Contacts:BusinessFaxNumber", ...phone, spec: "MS-ASCNTC_R153; RFC 6350 §6.4.1" },
    { tag: "Contacts:PagerNumber", ...phone, spec: "MS-ASCNTC_R368; RFC 6350 §6.4.1" },
    { tag: "Contacts:CarPhoneNumber", ...phone, spec: "MS-ASCNTC_R168; RFC 6350 §6.4.1" },
    { tag: "Contacts:RadioPhoneNumber", ...phone, spec: "MS-ASCNTC_R385; RFC 6350 §6.4.1" },
    { tag: "Contacts:AssistantPhoneNumber", ...phone, spec: "MS-ASCNTC_R117; RFC 6350 §6.4.1" },
    { tag: "Contacts2:CompanyMainPhone", ...phone, spec: "MS-ASCNTC_R195; RFC 6350 §6.4.1" },
    { tag: "Contacts2:IMAddress", ...messaging, spec: "MS-ASCNTC_R288; RFC 6350 §6.4.3" },
    { tag: "Contacts2:IMAddress2", ...messaging, spec: "MS-ASCNTC_R293; RFC 6350 §6.4.3" },
    { tag: "Contacts2:IMAddress3", ...messaging, spec: "MS-ASCNTC_R298; RFC 6350 §6.4.3" },
    { tag: "Contacts:BusinessAddressStreet", ...address, spec: "MS-ASCNTC_R148; RFC 6350 §6.3.1" },
    { tag: "Contacts:BusinessAddressCity", ...address, spec: "MS-ASCNTC_R130; RFC 6350 §6.3.1" },
    { tag: "Contacts:BusinessAddressState", ...address, spec: "MS-ASCNTC_R143; RFC 6350 §6.3.1" },
    { tag: "Contacts:BusinessAddressPostalCode", ...address, spec: "MS-ASCNTC_R140; RFC 6350 §6.3.1" },
    { tag: "Contacts:BusinessAddressCountry", ...address, spec: "MS-ASCNTC_R135; RFC 6350 §6.3.1" },
    { tag: "Contacts:HomeAddressStreet", ...address, spec: "MS-ASCNTC_R268; RFC 6350 §6.3.1" },
    { tag: "Contacts:HomeAddressCity", ...address, spec: "MS-ASCNTC_R248; RFC 6350 §6.3.1" },
    { tag: "Contacts:HomeAddressState", ...address, spec: "MS-ASCNTC_R263; RFC 6350 §6.3.1" },
    { tag: "Contacts:HomeAddressPostalCode", ...address, spec: "MS-ASCNTC_R258; RFC 6350 §6.3.1" },
    { tag: "Contacts:HomeAddressCountry", ...address, spec: "MS-ASCNTC_R253; RFC 6350 §6.3.1" },
    { tag: "Contacts:OtherAddressStreet", ...address, spec: "MS-ASCNTC_R363; RFC 6350 §6.3.1" },
    { tag: "Contacts:OtherAddressCity", ...address, spec: "MS-ASCNTC_R343; RFC 6350 §6.3.1" },
    { tag: "Contacts:OtherAddressState", ...address, spec: "MS-ASCNTC_R358; RFC 6350 §6.3.1" },
    { tag: "Contacts:OtherAddressPostalCode", ...address, spec: "MS-ASCNTC_R353; RFC 6350 §6.3.1" },
    { tag: "Contacts:OtherAddressCountry", ...address, spec: "MS-ASCNTC_R348; RFC 6350 §6.3.1" },
    { tag: "Contacts:WebPage", ...web, spec: "MS-ASCNTC_R405; RFC 6350 §6.7.8" },
    { tag: "Contacts:Birthday", rule: birthday, ...days, spec: "MS-ASCNTC_R122, MS-ASCNTC_R999; RFC 6350 §6.2.5" },
    {
      tag: "Contacts:Anniversary",
      rule: anniversary,
      ...days,
      spec: "MS-ASCNTC_R107, MS-ASCNTC_R109001; RFC 6350 §6.2.6",
    },
    { tag: "Contacts:Spouse", rule: spouse, ...person, spec: "MS-ASCNTC_R390; RFC 6350 §6.6.6" },
    { tag: "Contacts:AssistantName", rule: assistant, ...person, spec: "MS-ASCNTC_R112; RFC 6350 §6.6.6" },
    { tag: "Contacts2:ManagerName", rule: manager, ...person, spec: "MS-ASCNTC_R313; RFC 6350 §6.6.6" },
    { tag: "Contacts2:CustomerId", property: "X-EAS-CUSTOMERID", cell: text, ...ghost, spec: "MS-ASCNTC_R205" },
    { tag: "Contacts2:GovernmentId", property: "X-EAS-GOVERNMENTID", cell: text, ...ghost, spec: "MS-ASCNTC_R243" },
    { tag: "Contacts2:AccountName", property: "X-EAS-ACCOUNTNAME", cell: text, ...ghost, spec: "MS-ASCNTC_R97" },
    { tag: "Contacts2:MMS", property: "X-EAS-MMS", cell: text, ...ghost, spec: "MS-ASCNTC_R323" },
    {
      tag: "Contacts:Children",
      rule: offspring,
      ...people,
      holds: ["Contacts:Child"],
      spec: "MS-ASCNTC_R184; RFC 6350 §6.6.6",
    },
    { tag: "Contacts:Categories", ...labels, holds: ["Contacts:Category"], spec: "MS-ASCNTC_R173; RFC 6350 §6.7.1" },
    { tag: "Contacts:Picture", ...picture, spec: "MS-ASCNTC_R373, MS-ASCNTC_R381, MS-ASCMD_R878; RFC 6350 §6.2.4" },
    {
      tag: "AirSyncBase:Body",
      ...note,
      down: since("12.0"),
      up: since("12.0"),
      empty: noBody,
      spec: "MS-ASCNTC_R127, MS-ASCMD_R878; RFC 6350 §6.7.2",
    },
    { tag: "Contacts:Body", ...note, ...legacy, empty: "send", spec: "MS-ASCMD_R878; RFC 6350 §6.7.2" },
    { tag: "Contacts:BodySize", ...note, ...legacy, spec: "MS-ASCMD_R7356" },
    { tag: "Contacts:BodyTruncated", ...note, ...legacy, spec: "MS-ASCMD_R7356" },
  ],
  {
    "Contacts:Alias": "Only in the recipient information cache, never in a contact (MS-ASCNTC_R105).",
    "Contacts:WeightedRank": "Only in the recipient information cache, never in a contact (MS-ASCNTC_R415).",
    "Contacts:CompressedRTF": "RTF notes of clients before 2.5; no published text describes them.",
  },
);

export const contacts = cardMapping(contactsTable);
