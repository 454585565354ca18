import { parse as strictParse } from "vcard4";
import { describe, expect, it } from "vitest";
import { contacts, contactsTable } from "../../mappings/contacts.ts";
import { MappingError } from "../../src/errors.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Version, versions } from "../../src/schema/versions.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { applicationData, card, cards, context, lineDiff, withElement } from "./cards.ts";

interface Case {
  readonly name: string;
  readonly card: string;
  readonly tag: KnownName;
  /** undefined sends the empty tag. */
  readonly value: string | undefined;
  readonly gone: readonly string[];
  readonly come: readonly string[];
  readonly version?: Version;
}

const rev = "REV:20261123T010203Z";

const edits: readonly Case[] = [
  {
    name: "a job title",
    card: "nextcloud",
    tag: "Contacts:JobTitle",
    value: "Leiterin, Netze; Süd",
    gone: ["TITLE:Ingenieurin", "REV;VALUE=DATE-AND-OR-TIME:20260102T030405Z"],
    come: ["TITLE:Leiterin\\, Netze\\; Süd", "REV;VALUE=DATE-AND-OR-TIME:20261123T010203Z"],
  },
  {
    name: "a department, leaving company and further units",
    card: "outlook",
    tag: "Contacts:Department",
    value: "Buying",
    gone: ["ORG:Contoso\\, Ltd.;Sales;", "REV:20260102T030405Z"],
    come: ["ORG:Contoso\\, Ltd.;Buying;", rev],
  },
  {
    name: "the preferred mobile number, leaving the second one",
    card: "ios",
    tag: "Contacts:MobilePhoneNumber",
    value: "+1 555 999",
    gone: ["TEL;type=CELL;type=VOICE;type=pref:+1 (555) 010-0001", "REV:2026-01-02T03:04:05Z"],
    come: ["TEL;type=CELL;type=VOICE;type=pref:+1 555 999", "REV:2026-11-23T01:02:03Z"],
  },
  {
    name: "a grouped number, keeping its group and label",
    card: "ios",
    tag: "Contacts:Home2PhoneNumber",
    value: "77",
    gone: ["item3.TEL:(555) 010-0009", "REV:2026-01-02T03:04:05Z"],
    come: ["item3.TEL:77", "REV:2026-11-23T01:02:03Z"],
  },
  {
    name: "a grouped number taken out with its label",
    card: "ios",
    tag: "Contacts:Home2PhoneNumber",
    value: undefined,
    gone: ["item3.TEL:(555) 010-0009", "item3.X-ABLabel:Cabin", "REV:2026-01-02T03:04:05Z"],
    come: ["REV:2026-11-23T01:02:03Z"],
  },
  {
    name: "a URI number, written as text",
    card: "vcard4",
    tag: "Contacts:BusinessPhoneNumber",
    value: "+1 418 1",
    gone: ['TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102', "REV:20260102T030405Z"],
    come: ['TEL;TYPE="work,voice";PREF=1:+1 418 1', rev],
  },
  {
    name: "a street, in the address and as it is printed, leaving post office box and office",
    card: "outlook",
    tag: "Contacts:BusinessAddressStreet",
    value: "2 Side St",
    gone: [
      "ADR;TYPE=WORK,PREF:PO Box 9;Building 3;1 Main St;Redmond;WA;98052;USA",
      "LABEL;TYPE=WORK,PREF:Building 3\\n1 Main St\\nRedmond\\, WA 98052",
      "REV:20260102T030405Z",
    ],
    come: [
      "ADR;TYPE=WORK,PREF:PO Box 9;Building 3;2 Side St;Redmond;WA;98052;USA",
      "LABEL;TYPE=WORK,PREF:Building 3\\n2 Side St\\nRedmond\\, WA 98052",
      rev,
    ],
  },
  {
    name: "a first address of a kind",
    card: "nextcloud",
    tag: "Contacts:BusinessAddressCity",
    value: "Bonn",
    gone: ["REV;VALUE=DATE-AND-OR-TIME:20260102T030405Z"],
    come: ["ADR;TYPE=WORK:;;;Bonn;;;", "REV;VALUE=DATE-AND-OR-TIME:20261123T010203Z"],
  },
  {
    name: "a nickname list",
    card: "thunderbird",
    tag: "Contacts2:NickName",
    value: "Al, Xandi",
    gone: ["NICKNAME:Al,Lex"],
    come: ["NICKNAME:Al,Xandi", rev],
  },
  {
    name: "an IM address, keeping its scheme",
    card: "thunderbird",
    tag: "Contacts2:IMAddress",
    value: "alex@new.example",
    gone: ["IMPP:xmpp:alex%20smith@jabber.example"],
    come: ["IMPP:xmpp:alex@new.example", rev],
  },
  {
    name: "a birthday where only day and month were known",
    card: "ios",
    tag: "Contacts:Birthday",
    value: "1980-03-04T11:59:00.000Z",
    gone: ["BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-04", "REV:2026-01-02T03:04:05Z"],
    come: ["BDAY:1980-03-04", "REV:2026-11-23T01:02:03Z"],
  },
  {
    name: "an anniversary in the spelling of iOS",
    card: "ios",
    tag: "Contacts:Anniversary",
    value: "2011-06-05T11:59:00.000Z",
    gone: ["item8.X-ABDATE;type=pref:2010-06-05", "REV:2026-01-02T03:04:05Z"],
    come: ["item8.X-ABDATE;type=pref:2011-06-05", "REV:2026-11-23T01:02:03Z"],
  },
  {
    name: "a spouse in the spelling of vCard 4.0",
    card: "vcard4",
    tag: "Contacts:Spouse",
    value: "Anna",
    gone: ["RELATED;TYPE=spouse;VALUE=text:Anne", "REV:20260102T030405Z"],
    come: ["RELATED;TYPE=spouse;VALUE=text:Anna", rev],
  },
  {
    name: "a manager in the spelling of Evolution",
    card: "evolution",
    tag: "Contacts2:ManagerName",
    value: undefined,
    gone: ["X-EVOLUTION-MANAGER:Big Boss"],
    come: [rev],
  },
  {
    name: "what vCard has no word for",
    card: "google",
    tag: "Contacts2:GovernmentId",
    value: "12-34",
    gone: [],
    come: ["X-EAS-GOVERNMENTID:12-34", rev],
  },
  {
    name: "a picture where a link stood",
    card: "google",
    tag: "Contacts:Picture",
    value: "iVBORw0KGgo=",
    gone: ["PHOTO:https://lh3.example/photo.jpg"],
    come: ["PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=", rev],
  },
  {
    name: "a picture in vCard 4.0",
    card: "thunderbird",
    tag: "Contacts:Picture",
    value: "iVBORw0KGgo=",
    gone: [],
    come: ["PHOTO:data:image/png;base64,iVBORw0KGgo=", rev],
  },
];

describe("an edit of one field", () => {
  it.each(edits)(
    "changes the lines of $name and no other",
    ({ card: name, tag, value, gone, come, version = "14.1" }) => {
      const text = card(name);
      const sent = contacts.down(text, "", context(version));
      const after = contacts.change(
        text,
        "",
        applicationData(withElement(sent, tag, value)),
        undefined,
        context(version),
      );
      const diff = lineDiff(text, after);
      expect(diff.gone).toEqual(gone);
      expect(diff.come.toSorted()).toEqual([...come].toSorted());
      expect(childText(applicationData(contacts.down(after, "", context(version))), tag)).toBe(value);
    },
  );

  const texts = contactsTable.rows.filter(
    ({ tag }) => !/Body|Picture|Birthday|Anniversary|Categories|Children/.test(tag),
  );

  it.each(cards.filter(({ name }) => name !== "vcard21"))(
    "of $name comes back, all others as before, for every text tag",
    ({ text }) => {
      for (const version of ["12.1", "16.1"] as const) {
        const sent = contacts.down(text, "", context(version));
        for (const { tag } of texts) {
          const edited = withElement(sent, tag, "new value, 1; 2");
          const after = contacts.change(text, "", applicationData(edited), undefined, context(version));
          const back = contacts.down(after, "", context(version));
          for (const one of edited) expect(back, `${tag}: ${one.name}`).toContainEqual(one);
          expect(contacts.change(after, "", applicationData(back), undefined, context(version))).toBe(after);
          const { gone, come } = lineDiff(text, after);
          // The line, its remembered form, FN with a name, REV; pinned lines where a slot before was empty.
          expect(gone.length, `${tag}: ${gone.join(" | ")}`).toBeLessThanOrEqual(4);
          expect(come.length, `${tag}: ${come.join(" | ")}`).toBeLessThanOrEqual(6);
        }
      }
    },
  );
});

describe("slots", () => {
  const phone = (tel: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nN:A;;;;\r\n${tel}END:VCARD\r\n`;
  const change = (text: string, ...elements: Element[]) =>
    contacts.change(text, "", applicationData(elements), undefined, context("14.1", { supported: [] }));

  it("keeps the second home number second when the first is taken out", () => {
    const text = phone("TEL;TYPE=HOME:1\r\nTEL;TYPE=HOME:2\r\n");
    const after = change(text, element("Contacts:HomePhoneNumber"), element("Contacts:Home2PhoneNumber", "2"));
    const back = applicationData(contacts.down(after, "", context("14.1")));
    expect(childText(back, "Contacts:Home2PhoneNumber")).toBe("2");
    expect(childText(back, "Contacts:HomePhoneNumber")).toBeUndefined();
  });

  it("leaves a third number of a kind where it is while both slots are edited", () => {
    const text = phone("TEL;TYPE=WORK:1\r\nTEL;TYPE=WORK:2\r\nTEL;TYPE=WORK:3\r\n");
    const after = change(
      text,
      element("Contacts:BusinessPhoneNumber", "8"),
      element("Contacts:Business2PhoneNumber", "9"),
    );
    expect(after).toContain("TEL;TYPE=WORK:8\r\nTEL;TYPE=WORK:9\r\nTEL;TYPE=WORK:3\r\n");
  });

  it("takes the preferred number of a kind, however it is written", () => {
    for (const pref of ["TYPE=CELL,PREF", "TYPE=CELL;TYPE=pref", "TYPE=CELL;PREF=1"]) {
      const text = phone(`TEL;TYPE=CELL:1\r\nTEL;${pref}:2\r\n`);
      const sent = applicationData(contacts.down(text, "", context("14.1")));
      expect(childText(sent, "Contacts:MobilePhoneNumber")).toBe("2");
    }
  });

  it("remembers the name before an address, until another client edits the address", () => {
    const text = phone("EMAIL:a@example.org\r\n");
    expect(change(text, element("Contacts:Email1Address", '"Ann" <a@example.org>'))).toBe(text);
    const after = change(text, element("Contacts:Email1Address", '"Ann" <b@example.org>'));
    expect(after).toContain("\r\nEMAIL:b@example.org\r\n");
    const read = (stored: string) =>
      childText(applicationData(contacts.down(stored, "", context("14.1"))), "Contacts:Email1Address");
    expect(read(after.replace("EMAIL:b@", "EMAIL:c@"))).toBe("c@example.org");
  });
});

describe("labels and doubles", () => {
  const card = (...lines: readonly string[]) =>
    ["BEGIN:VCARD", "VERSION:3.0", "UID:u", "FN:A", "N:;A;;;", ...lines, "END:VCARD", ""].join("\r\n");
  const told = (stored: string) => contacts.down(stored, "", context("14.1"));
  const change = (stored: string, name: KnownName, value?: string) =>
    contacts.change(stored, "", applicationData(withElement(told(stored), name, value)), undefined, context("14.1"));

  it("gives an address the kind of its label", () => {
    const stored = card(
      "item1.ADR:;;Weg 1;Bonn;;;",
      "item1.X-ABLabel:_$!<Work>!$_",
      "item2.ADR:;;Weg 2;Bern;;;",
      "item2.X-ABLabel:Home",
    );
    expect(told(stored)).toEqual(
      expect.arrayContaining([
        element("Contacts:BusinessAddressStreet", "Weg 1"),
        element("Contacts:HomeAddressStreet", "Weg 2"),
      ]),
    );
    expect(change(stored, "Contacts:HomeAddressCity", "Köln")).toContain("\r\nitem2.ADR:;;Weg 2;Köln;;;\r\n");
  });

  it("changes an address of chat in both spellings, and takes out both", () => {
    const stored = card("IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@x.example", "X-JABBER;TYPE=HOME:a@x.example", "X-ICQ:1");
    const after = change(stored, "Contacts2:IMAddress", "b@x.example");
    expect(after).toContain(
      "\r\nIMPP;X-SERVICE-TYPE=Jabber:xmpp:b@x.example\r\nX-JABBER;TYPE=HOME:b@x.example\r\nX-ICQ:1\r\n",
    );
    const cleared = change(stored, "Contacts2:IMAddress");
    expect(cleared).not.toContain("a@x.example");
    expect(cleared).toMatch(/\r\nX-ICQ;X-EAS-SLOT=IMAddress2:1\r\n/);
  });
});

describe("names", () => {
  const text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;John;;;\r\nFN:John Doe\r\nEND:VCARD\r\n";
  const change = (stored: string, ...elements: Element[]) =>
    contacts.change(stored, "", applicationData(elements), undefined, context("16.1"));
  const read = (stored: string, tag: KnownName) =>
    childText(applicationData(contacts.down(stored, "", context("16.1"))), tag);

  it("lets FN follow the name", () => {
    const after = change(text, element("Contacts:FirstName", "Jane"), element("Contacts:LastName", "Doe"));
    expect(after).toContain("\r\nN:Doe;Jane;;;\r\nFN:Jane Doe\r\n");
  });

  it("remembers a filing order beside FN", () => {
    const after = change(
      text,
      element("Contacts:FileAs", "Doe, John"),
      element("Contacts:FirstName", "John"),
      element("Contacts:LastName", "Doe"),
    );
    expect(after).toContain("\r\nFN:John Doe\r\n");
    expect(read(after, "Contacts:FileAs")).toBe("Doe, John");
    expect(read(after.replace("FN:John Doe", "FN:Johnny"), "Contacts:FileAs")).toBe("Johnny");
  });

  it("leaves FN that another client chose to a device that files by last name", () => {
    const named = text.replace("FN:John Doe", "FN:JD");
    const after = change(
      named,
      element("Contacts:FileAs", "Doe, John"),
      element("Contacts:FirstName", "John"),
      element("Contacts:LastName", "Doe"),
    );
    expect(after).toContain("\r\nFN:JD\r\n");
    expect(read(after, "Contacts:FileAs")).toBe("Doe, John");
  });

  it("takes a FileAs that says more than the name into FN", () => {
    const after = change(
      text,
      element("Contacts:FileAs", "The Boss"),
      element("Contacts:LastName", "Doe"),
      element("Contacts:FirstName", "John"),
    );
    expect(after).toContain("\r\nFN:The Boss\r\n");
  });

  it("keeps FN that another client chose when the name changes", () => {
    const after = change(
      text.replace("FN:John Doe", "FN:JD"),
      element("Contacts:FirstName", "Jim"),
      element("Contacts:LastName", "Doe"),
    );
    expect(after).toContain("\r\nFN:JD\r\n");
  });

  it("takes a name without a first name, but never a Change without a name, as a cleared name", () => {
    expect(change(text, element("Contacts:LastName", "Doe"))).toContain("\r\nN:Doe;;;;\r\n");
    expect(change(text, element("Contacts:JobTitle", "x"))).toContain("\r\nN:Doe;John;;;\r\nFN:John Doe\r\n");
  });

  it("gives a person whose card has only FN a first and a last name, and writes N when one of them changes", () => {
    const only = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Mary Ann Smith\r\nEND:VCARD\r\n";
    expect([read(only, "Contacts:FirstName"), read(only, "Contacts:LastName")]).toEqual(["Mary Ann", "Smith"]);
    const after = change(only, element("Contacts:FirstName", "Mary Ann"), element("Contacts:LastName", "Jones"));
    expect(after).toContain("N:Jones;Mary Ann;;;\r\n");
    expect(after).toContain("FN:Mary Ann Jones\r\n");
  });
});

describe("days", () => {
  const text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nN:A\r\nBDAY:1985-04-12\r\nEND:VCARD\r\n";
  const change = (stored: string, value?: string) =>
    contacts.change(
      stored,
      "",
      applicationData([element("Contacts:Birthday", value)]),
      undefined,
      context("14.1", { supported: [] }),
    );

  it.each([
    "1985-04-12T00:00:00.000Z",
    "1985-04-12T11:59:00.000Z",
    "1985-04-12T23:59:59Z",
    "19850412T000000Z",
    "1985-04-12",
  ])("sees no edit in %s", (value) => expect(change(text, value)).toBe(text));

  it.each([
    "BDAY:--0412",
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12",
    "BDAY;VALUE=text:circa 1800",
    "BDAY:1985",
    "BDAY:1985-02-30",
  ])("does not send %s and leaves it when the device sends nothing or an empty tag", (line) => {
    const stored = text.replace("BDAY:1985-04-12", line);
    expect(contacts.down(stored, "", context("14.1")).map(({ name }) => name)).not.toContain("Contacts:Birthday");
    expect(change(stored)).toBe(stored);
    expect(contacts.change(stored, "", applicationData([]), undefined, context("14.1"))).not.toBe("");
    expect(contacts.change(stored, "", applicationData([]), undefined, context("14.1"))).toContain(line);
  });

  it("refuses what is no date", () => {
    expect(() => change(text, "tomorrow")).toThrow(MappingError);
  });
});

describe("pictures", () => {
  const photo = (value: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nN:A\r\n${value}\r\nEND:VCARD\r\n`;
  const large = `PHOTO;ENCODING=b;TYPE=JPEG:/9j/${"A".repeat(60_000)}`;

  it.each([large, "PHOTO;VALUE=uri:https://example.org/a.jpg", "PHOTO;ENCODING=b:AAAA", "PHOTO;ENCODING=b:/9j/*"])(
    "neither sends nor loses %.50s",
    (line) => {
      for (const version of versions) {
        const sent = contacts.down(photo(line), "", context(version), { clearing: true });
        expect(sent).toContainEqual({ name: "Contacts:Picture", content: undefined });
        expect(contacts.change(photo(line), "", applicationData(sent), undefined, context(version))).toBe(photo(line));
      }
    },
  );

  it("reads a data URI that a server escaped as text", () => {
    const stored = photo("PHOTO:data:image/jpeg\\;base64\\,/9j/AAAA");
    expect(childText(applicationData(contacts.down(stored, "", context("14.1"))), "Contacts:Picture")).toBe("/9j/AAAA");
  });

  it.each(["A".repeat(48 * 1024 + 4), "no*base64"])("refuses %.12s", (picture) => {
    const data = applicationData([element("Contacts:Picture", picture)]);
    expect(() => contacts.create(data, "u", context("14.1"))).toThrow(MappingError);
  });
});

describe("vCard 2.1", () => {
  it("is read with its quoted-printable", () => {
    const sent = applicationData(contacts.down(card("vcard21"), "", context("14.1")));
    expect(childText(sent, "Contacts:LastName")).toBe("Müller");
    expect(childText(sent, "Contacts:MobilePhoneNumber")).toBe("0170 1");
  });

  it("is not written: an edit is refused, an echo is none", () => {
    const data = (...elements: Element[]) => applicationData(elements);
    const asked = context("14.1", { supported: [] });
    expect(() =>
      contacts.change(card("vcard21"), "", data(element("Contacts:JobTitle", "x")), undefined, asked),
    ).toThrow(MappingError);
    expect(contacts.change(card("vcard21"), "", data(element("Contacts:LastName", "Müller")), undefined, asked)).toBe(
      card("vcard21"),
    );
  });
});

describe("vCard 4.0", () => {
  const tags = contactsTable.rows
    .map(({ tag }) => tag)
    .filter((tag) => !/Body|Birthday|Anniversary|Categories|Children/.test(tag));

  it("stays what a strict reader takes, whatever is edited", () => {
    expect(() => strictParse(card("vcard4"))).not.toThrow();
    for (const tag of tags) {
      const value = tag === "Contacts:Picture" ? "iVBORw0KGgo=" : "new, value";
      const data = applicationData([element(tag, value)]);
      const after = contacts.change(card("vcard4"), "", data, undefined, context("14.1", { supported: [] }));
      expect(after).toContain("\r\nVERSION:4.0\r\n");
      expect(() => strictParse(after), tag).not.toThrow();
    }
  });
});

describe("lists", () => {
  const change = (text: string, data: Element) =>
    contacts.change(text, "", applicationData([data]), undefined, context("14.1", { supported: [] }));

  it("adds and takes out categories one by one", () => {
    const data = element("Contacts:Categories", [
      element("Contacts:Category", "two"),
      element("Contacts:Category", "a,b"),
    ]);
    expect(lineDiff(card("radicale"), change(card("radicale"), data))).toEqual({
      gone: ["CATEGORIES:one", "CATEGORIES:two"],
      come: ["CATEGORIES:two,a\\,b", rev],
    });
  });

  it("sees no edit in another order", () => {
    const data = element("Contacts:Categories", [
      element("Contacts:Category", "two"),
      element("Contacts:Category", "one"),
    ]);
    expect(change(card("radicale"), data)).toBe(card("radicale"));
  });

  it("takes a child out with its label and adds another", () => {
    const data = element("Contacts:Children", [element("Contacts:Child", "Tina"), element("Contacts:Child", "Zoe")]);
    const { gone, come } = lineDiff(card("ios"), change(card("ios"), data));
    // The group is free again, and the new name takes it with a label of its own.
    expect(gone).toEqual(["item10.X-ABRELATEDNAMES:Tim", "REV:2026-01-02T03:04:05Z"]);
    expect(come).toEqual(["REV:2026-11-23T01:02:03Z", "item10.X-ABRELATEDNAMES:Zoe"]);
  });
});
