/** ItemOperations Fetch: whole items, by folder and id. */
import { since } from "../../../src/schema/versions.ts";
import { childText, element } from "../../../src/wire/element.ts";
import { type Case, commands } from "../../runner/case.ts";
import { body, contact, named, valueOf } from "../samples.ts";

const needs = commands("ItemOperations");
const versions = since("12.0");

export const fetchCases: readonly Case[] = [
  {
    id: "item-operations/fetches-an-item",
    says: "An item is fetched by its folder and id, with all its properties when none are named.",
    spec: ["MS-ASCMD_R194", "MS-ASCMD_R3879"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker, { CompanyName: "ACME" }));
      const { status, items } = await device.fetch(folder, serverId);
      const [item] = items;
      t.equal("MS-ASCMD_R194", [status, item?.status, item?.serverId], [1, 1, serverId], "Status, its Status, and id");
      const data = item?.data ?? [];
      t.equal("MS-ASCMD_R3879", valueOf(data, "Contacts:LastName"), t.marker, "LastName");
      t.equal("MS-ASCMD_R3879", valueOf(data, "Contacts:CompanyName"), "ACME", "CompanyName");
    },
  },
  {
    id: "item-operations/unknown-item-is-6",
    says: "An item that does not exist gets Status 6, and the others are fetched all the same.",
    spec: ["MS-ASCMD_R194", "MS-ASCMD_R193"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { items } = await device.fetch(folder, [`${folder.id}:no${t.marker}`, serverId]);
      t.equal(
        "MS-ASCMD_R194",
        items.map(({ status }) => status),
        [6, 1],
        "Status of each, in order",
      );
      t.equal("MS-ASCMD_R193", items[1]?.serverId, serverId, "id of the second");
    },
  },
  {
    id: "item-operations/schema-names-what-comes",
    says: "With a Schema, only the properties in it are returned.",
    spec: ["MS-ASCMD_R3877"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker, { CompanyName: "ACME" }));
      const { items } = await device.fetch(folder, serverId, { schema: ["Contacts:CompanyName"] });
      const names = (items[0]?.data ?? []).map(({ name }) => name);
      t.equal("MS-ASCMD_R3877", names, ["Contacts:CompanyName"], "properties");
    },
  },
  {
    id: "item-operations/body-as-it-is-asked-for",
    says: "The body comes in the type and length that the request asks for.",
    spec: ["MS-ASAIRS_R180"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const long = "0123456789".repeat(20);
      const { serverId } = await t.add(device, folder, [...contact(t.marker), body(t.version, "Contacts", long)]);
      const { items } = await device.fetch(folder, serverId, { bodyPreferences: [{ type: 1, truncationSize: 20 }] });
      const found = t.found(named(items[0]?.data ?? [], "AirSyncBase:Body"), "a body");
      t.equal("MS-ASAIRS_R180", childText(found, "AirSyncBase:Truncated"), "1", "Truncated");
      t.equal("MS-ASAIRS_R180", childText(found, "AirSyncBase:Data"), long.slice(0, 20), "Data");
    },
  },
  {
    id: "item-operations/no-operation-is-refused",
    says: "A request without any operation is refused.",
    spec: [],
    level: "SHOULD",
    versions,
    needs,
    async run(device, t) {
      const reply = await device.send("ItemOperations", element("ItemOperations:ItemOperations"));
      const status = reply.body && childText(reply.body, "ItemOperations:Status");
      t.ok(
        "",
        reply.status === 400 || (status !== undefined && status !== "1"),
        `HTTP ${reply.status}, Status ${status}`,
      );
    },
  },
];
