/**
 * A long story full of planted secrets, told by phones of each version that are inspected: what is written holds none of
 * them, and with the owner's consent it holds contents and still no credentials.
 */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { type InspectedWorld, inspectedWorld, password } from "./world.ts";

/** Each stands at one place of what the phone, the servers or other people say. */
const secrets = [
  "Heidelbeer",
  "Wacholder",
  "Schlehdorn",
  "Eberesche",
  "Sanddorn",
  "Holunder",
  "Weissdorn",
  "Berberitze",
  "Kornelkirsche",
  "Hagebutte",
  "4915112345678",
  "490154203237518",
  "Felsenbirne",
  "Mispel",
  "Quitte",
  "Preiselbeer",
  "Moosbeer",
  "1969-07-20",
  "49.4875",
  "Himbeer",
  "Maulbeer",
] as const;

const vcard = [
  "BEGIN:VCARD",
  "VERSION:3.0",
  "UID:Wacholder@example.org",
  "FN:Ludwig Schlehdorn",
  "N:Schlehdorn;Ludwig;;;",
  "EMAIL:eberesche@Sanddorn.example",
  "TEL;TYPE=CELL:+4915112345678",
  "BDAY:1969-07-20",
  "NOTE:Holunder am Zaun",
  "END:VCARD",
  "",
].join("\r\n");

const event = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//test//EN",
  "BEGIN:VEVENT",
  "UID:Weissdorn-1",
  "DTSTAMP:20261101T100000Z",
  "DTSTART:20261201T100000Z",
  "DTEND:20261201T110000Z",
  "SUMMARY:Berberitze",
  "LOCATION:Kornelkirsche 4",
  "GEO:49.4875;8.466",
  "ORGANIZER;CN=Hagebutte:mailto:hagebutte@example.org",
  "ATTENDEE;CN=Anna:mailto:anna@example.org",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

const message = [
  "From: Felsenbirne <felsenbirne@example.org>",
  "To: anna@example.org",
  "Subject: Mispel",
  "Message-ID: <quitte@example.org>",
  "Date: Mon, 23 Nov 2026 10:00:00 +0100",
  "MIME-Version: 1.0",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "Preiselbeer, und das Passwort dazu.",
  "--b",
  "Content-Type: text/plain; name=Moosbeer.txt",
  "Content-Disposition: attachment; filename=Moosbeer.txt",
  "",
  "Inhalt: Himbeer",
  "--b--",
  "",
].join("\n");

/** Everything a phone says in a day, the contents of which are the owner's own. */
async function tellStory({ phone, inspect }: InspectedWorld, version: Version, bodies: boolean): Promise<Device> {
  const device = phone(version);
  await device.options();
  await device.provision({ FriendlyName: "Heidelbeer Telefon", Model: "Phone" });
  await inspect(device, bodies);
  await device.provision({ FriendlyName: "Heidelbeer Telefon", Model: "Phone" });
  if (atLeast(version, "12.0")) {
    await device.settings([
      element("Settings:DeviceInformation", [
        element("Settings:Set", [
          element("Settings:Model", "Phone"),
          element("Settings:IMEI", "490154203237518"),
          element("Settings:FriendlyName", "Heidelbeer Telefon"),
          element("Settings:PhoneNumber", "+4915112345678"),
        ]),
      ]),
      element("Settings:DevicePassword", [element("Settings:Set", [element("Settings:Password", password)])]),
    ]);
    await device.addresses();
  }
  await device.folderSync();
  await device.changeFolder("FolderCreate", { parent: "0", name: "Heidelbeer", type: 14 });
  for (const type of [8, 9, 2]) {
    const options = atLeast(version, "12.0") ? { bodyPreferences: [{ type: 1 as const }] } : {};
    await device.sync(device.folder(type), options);
  }
  await device.add(device.folder(9), [
    element("Contacts:FileAs", "Maulbeer, Anna"),
    element("Contacts:LastName", "Maulbeer"),
    element("Contacts:Birthday", "1969-07-20T00:00:00.000Z"),
    element("Contacts:MobilePhoneNumber", "+4915112345678"),
    element("Contacts:WebPage", `https://example.org/?password=${password}`),
  ]);
  const mail = [
    "From: anna@example.org",
    "To: Felsenbirne <felsenbirne@example.org>",
    "Subject: Heidelbeer",
    "X-Quitte: Mispel",
    "MIME-Version: 1.0",
    "Content-Type: text/plain",
    "",
    `Preiselbeer ${password}`,
    "",
  ].join("\r\n");
  await device.sendMail(Buffer.from(mail), { saveInSent: true });
  const inbox = device.folder(2);
  for (const [id, { data }] of device.items(inbox)) {
    if (atLeast(version, "14.0")) {
      await device.fetch(inbox, [id], { bodyPreferences: [{ type: 4 }], mimeSupport: 2 });
      await device.fetch(inbox, [id], { bodyPreferences: [{ type: 1 }] });
    }
    expect(data.length).toBeGreaterThan(3);
  }
  if (atLeast(version, "12.0")) {
    await device.send(
      "Search",
      element("Search:Search", [
        element("Search:Store", [
          element("Search:Name", "Mailbox"),
          element("Search:Query", [
            element("Search:And", [element("AirSync:Class", "Email"), element("Search:FreeText", "Mispel")]),
          ]),
          element("Search:Options", [
            element("Search:Range", "0-9"),
            element("AirSyncBase:BodyPreference", [element("AirSyncBase:Type", 1)]),
            element("Search:UserName", "Felsenbirne"),
            element("Search:Password", password),
          ]),
        ]),
      ]),
    );
    await device.send(
      "ItemOperations",
      element("ItemOperations:ItemOperations", [
        element("ItemOperations:Fetch", [
          element("ItemOperations:Store", "Heidelbeer"),
          element("AirSync:CollectionId", "Mispel & Quitte"),
          element("AirSync:ServerId", password),
          element("ItemOperations:Options", [
            element("ItemOperations:UserName", "Felsenbirne"),
            element("ItemOperations:Password", password),
          ]),
        ]),
      ]),
    );
  }
  await device.send("Sync", Buffer.from(`no WBXML at all: Heidelbeer ${password}`));
  await device.send("GetAttachment", undefined, {
    parameters: { attachmentName: "Moosbeer.txt", collectionId: "Mispel & Quitte", itemId: password },
  });
  return device;
}

const world = () =>
  inspectedWorld({
    collections: [
      { path: "calendar", name: "Holunder", components: ["VEVENT"], isDefault: true, items: { "a.ics": event } },
      { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "Wacholder.vcf": vcard } },
    ],
    messages: [message],
  });

const authorization = Buffer.from(`anna:${password}`).toString("base64");

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("a conversation in %s", (version) => {
  it("holds nothing that anybody wrote or is called, and no credentials", async () => {
    const inspected = await world();
    const device = await tellStory(inspected, version, false);
    const entries = await inspected.entries(device);
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.map(({ command }) => command)).toContain("SendMail");
    const all = [...(await inspected.written())].flat().join("\n");
    for (const secret of secrets) expect(all.toLowerCase(), secret).not.toContain(secret.toLowerCase());
    expect(all).not.toContain(password);
    expect(all).not.toContain(authorization);
    expect(all).not.toContain(device.policyKey);
    // What a fault is found by is there.
    expect(all).toContain(device.key(device.folder(9)));
    expect(all).toMatch(/Calendar:StartTime/);
  });

  it("holds contents when the owner agreed, and no credentials all the same", async () => {
    const inspected = await world();
    const device = await tellStory(inspected, version, true);
    const all = [...(await inspected.written())].flat().join("\n");
    for (const secret of ["Schlehdorn", "Berberitze", "Mispel", "Maulbeer", "Preiselbeer"])
      expect(all).toContain(secret);
    expect(all).not.toContain(password);
    expect(all).not.toContain(authorization);
    expect(all).not.toContain(device.policyKey);
  });
});
