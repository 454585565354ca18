/** Contacts: every field goes up and comes back down the same, as another device sees it. */
import { since, type VersionRange } from "../../../src/schema/versions.ts";
import { type Element, element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { contact, contact2Fields, contactFields, listOf, named, only, valueOf } from "../samples.ts";

/** A case that adds a contact with these fields and reads each of them on another device. */
function fields(
  name: string,
  says: string,
  spec: readonly string[],
  elements: readonly Element[],
  options: { readonly level?: Case["level"]; readonly versions?: VersionRange } = {},
): Case {
  return {
    id: `contacts/${name}`,
    says,
    spec,
    level: options.level ?? "MUST",
    ...(options.versions === undefined ? {} : { versions: options.versions }),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const names = new Set(elements.map((field) => field.name));
      const base = contact(t.marker).filter((field) => !names.has(field.name));
      const { status } = await t.add(device, folder, [...base, ...elements]);
      t.equal("", status, 1, "Status of the Add");
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      for (const field of elements) t.equal(spec, valueOf(seen.data, field.name), field.content, field.name);
    },
  };
}

/** A JPEG of one grey pixel. */
const pixel =
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////" +
  "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AKp//2Q==";

export const contactCases: readonly Case[] = [
  fields(
    "name",
    "The parts of a name come back as they were sent.",
    ["MS-ASWBXML_R96", "MS-ASWBXML_R107", "MS-ASWBXML_R118", "MS-ASWBXML_R119"],
    contactFields({ FirstName: "Anna", MiddleName: "Maria", Suffix: "Jr.", Title: "Dr." }),
  ),
  fields(
    "three-addresses-of-mail",
    "Three e-mail addresses keep their places.",
    ["MS-ASCNTC_R214", "MS-ASWBXML_R93", "MS-ASWBXML_R94"],
    contactFields({
      Email1Address: "one@example.org",
      Email2Address: "two@example.org",
      Email3Address: "three@example.org",
    }),
  ),
  fields(
    "phones",
    "Telephone numbers keep their kinds.",
    ["MS-ASCNTC_R328", "MS-ASWBXML_R84", "MS-ASWBXML_R104"],
    contactFields({
      MobilePhoneNumber: "+49 170 1",
      HomePhoneNumber: "+49 30 2",
      BusinessPhoneNumber: "+49 30 3",
      HomeFaxNumber: "+49 30 4",
      BusinessFaxNumber: "+49 30 5",
      PagerNumber: "+49 30 6",
    }),
  ),
  fields(
    "second-phones",
    "A second number at home and at work keep their places beside the first.",
    ["MS-ASWBXML_R77", "MS-ASWBXML_R97"],
    contactFields({
      HomePhoneNumber: "+49 30 2",
      Home2PhoneNumber: "+49 30 22",
      BusinessPhoneNumber: "+49 30 3",
      Business2PhoneNumber: "+49 30 33",
    }),
  ),
  fields(
    "rare-phones",
    "The rarer telephone numbers keep their kinds.",
    ["MS-ASWBXML_R74", "MS-ASWBXML_R85", "MS-ASWBXML_R116"],
    contactFields({ CarPhoneNumber: "+49 1", RadioPhoneNumber: "+49 2", AssistantPhoneNumber: "+49 3" }).filter(
      ({ name }) => name !== "Contacts:AssistantName",
    ),
  ),
  fields(
    "home-address",
    "The parts of the address at home come back.",
    ["MS-ASWBXML_R98", "MS-ASWBXML_R99", "MS-ASWBXML_R100", "MS-ASWBXML_R101", "MS-ASWBXML_R102"],
    contactFields({
      HomeAddressStreet: "Street 1",
      HomeAddressCity: "Berlin",
      HomeAddressPostalCode: "10115",
      HomeAddressState: "BE",
      HomeAddressCountry: "Germany",
    }),
  ),
  fields(
    "three-addresses",
    "Addresses at home, at work and elsewhere do not mix.",
    ["MS-ASWBXML_R78", "MS-ASWBXML_R98", "MS-ASWBXML_R110"],
    contactFields({ HomeAddressCity: "Berlin", BusinessAddressCity: "Bonn", OtherAddressCity: "Bern" }),
  ),
  fields(
    "work",
    "Company, department, title and office come back.",
    ["MS-ASWBXML_R90", "MS-ASWBXML_R91", "MS-ASWBXML_R105", "MS-ASWBXML_R109"],
    contactFields({ CompanyName: "ACME", Department: "Research; East", JobTitle: "Boss", OfficeLocation: "3.14" }),
  ),
  fields(
    "people",
    "Spouse, assistant and manager come back.",
    ["MS-ASWBXML_R117", "MS-ASWBXML_R74"],
    [...contactFields({ Spouse: "Bert", AssistantName: "Carla" }), ...contact2Fields({ ManagerName: "Dora" })],
  ),
  fields(
    "names-of-other-kinds",
    "Nickname, web page and messenger addresses come back.",
    ["MS-ASWBXML_R120"],
    [
      ...contactFields({ WebPage: "https://example.org/anna" }),
      ...contact2Fields({ NickName: "Änni", IMAddress: "anna@chat.example" }),
    ],
  ),
  fields(
    "how-a-name-is-said",
    "The phonetic names of Japan come back.",
    ["MS-ASWBXML_R121", "MS-ASWBXML_R122", "MS-ASWBXML_R123"],
    contactFields({ YomiFirstName: "アンナ", YomiLastName: "ベルク", YomiCompanyName: "アクメ" }),
  ),
  fields(
    "unusual-characters",
    "Semicolons, commas, backslashes, quotes and line ends in a value come back as they were.",
    [],
    contactFields({ JobTitle: 'a;b,c\\d"e^f', Department: "ä ö ü ß € 漢 😀" }),
  ),
  {
    id: "contacts/control-characters",
    says: "A character that no text has harms nobody: the item and its folder can still be read.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await t.add(device, folder, contact(t.marker, { JobTitle: "a\u0001\u001bb\u2028c" }));
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      const title = valueOf(seen.data, "Contacts:JobTitle") ?? "";
      t.ok("", title.startsWith("a") && title.endsWith("c"), `what is text in it comes back: ${JSON.stringify(title)}`);
    },
  },
  {
    id: "contacts/days",
    says: "Birthday and anniversary come back as the same day.",
    spec: ["MS-ASWBXML_R76", "MS-ASWBXML_R73"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const days = contactFields({ Birthday: "1985-04-12T00:00:00.000Z", Anniversary: "2010-06-01T00:00:00.000Z" });
      await t.add(device, folder, [...contact(t.marker), ...days]);
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      t.equal("MS-ASWBXML_R76", valueOf(seen.data, "Contacts:Birthday")?.slice(0, 10), "1985-04-12", "Birthday");
      t.equal("MS-ASWBXML_R73", valueOf(seen.data, "Contacts:Anniversary")?.slice(0, 10), "2010-06-01", "Anniversary");
    },
  },
  {
    id: "contacts/categories-and-children",
    says: "Lists keep their values and the order of them.",
    spec: ["MS-ASWBXML_R87", "MS-ASWBXML_R89"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const lists = [
        element("Contacts:Categories", [element("Contacts:Category", "Friends"), element("Contacts:Category", "A, B")]),
        element("Contacts:Children", [element("Contacts:Child", "Emil"), element("Contacts:Child", "Fritz")]),
      ];
      await t.add(device, folder, [...contact(t.marker), ...lists]);
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      t.equal("MS-ASWBXML_R87", listOf(seen.data, "Contacts:Categories").toSorted(), ["A, B", "Friends"], "Categories");
      t.equal("MS-ASWBXML_R89", listOf(seen.data, "Contacts:Children"), ["Emil", "Fritz"], "Children");
    },
  },
  {
    id: "contacts/picture",
    says: "A picture comes back as it was sent.",
    spec: ["MS-ASCNTC_R374"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await t.add(device, folder, [...contact(t.marker), ...contactFields({ Picture: pixel })]);
      const seen = only(await t.observe("Contacts"));
      const bytes = (base64: string | undefined) => base64 && Buffer.from(base64, "base64").toString("hex");
      t.equal("MS-ASCNTC_R374", bytes(seen && valueOf(seen.data, "Contacts:Picture")), bytes(pixel), "Picture");
    },
  },
  {
    id: "contacts/picture-too-large-is-6",
    says: "A picture of more than 48 KiB of base64 is answered with Status 6.",
    spec: ["MS-ASCNTC_R384"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const large = Buffer.alloc(60_000, 0x41).toString("base64");
      const data = [...contact(t.marker), ...contactFields({ Picture: large })];
      const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      t.equal("MS-ASCNTC_R384", results[0]?.status, 6, "Status of the Add");
    },
  },
  {
    id: "contacts/picture-stays-when-absent",
    says: "A Change that does not name the picture keeps it.",
    spec: ["MS-ASCMD_R878"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, [...contact(t.marker), ...contactFields({ Picture: pixel })]);
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      const seen = only(await t.observe("Contacts"));
      t.ok(
        "MS-ASCMD_R878",
        seen !== undefined && named(seen.data, "Contacts:Picture") !== undefined,
        "the picture is there",
      );
    },
  },
  {
    id: "contacts/one-slot-can-be-cleared",
    says: "Clearing one address keeps the others where they are.",
    spec: ["MS-ASCMD_R879"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const mail = {
        Email1Address: "one@example.org",
        Email2Address: "two@example.org",
        Email3Address: "three@example.org",
      };
      const { serverId } = await t.add(device, folder, contact(t.marker, mail));
      await device.change(folder, serverId, contact(t.marker, { ...mail, Email2Address: "" }));
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      t.equal("MS-ASCMD_R879", valueOf(seen.data, "Contacts:Email1Address"), "one@example.org", "Email1Address");
      const left = [2, 3]
        .map((slot) => valueOf(seen.data, `Contacts:Email${slot === 2 ? 2 : 3}Address`) ?? "")
        .filter(Boolean);
      t.equal("", left, ["three@example.org"], "the other addresses");
    },
  },
  {
    id: "contacts/company-without-a-name",
    says: "A contact that is a company has no parts of a name.",
    spec: ["MS-ASWBXML_R90"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await t.add(device, folder, contactFields({ FileAs: t.marker, CompanyName: t.marker }));
      const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
      t.equal("MS-ASWBXML_R90", valueOf(seen.data, "Contacts:CompanyName"), t.marker, "CompanyName");
      t.equal("", valueOf(seen.data, "Contacts:LastName") ?? "", "", "LastName");
    },
  },
];
