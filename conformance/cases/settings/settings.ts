/** Settings: what the device tells of itself, and the user's addresses. */
import { between, since } from "../../../src/schema/versions.ts";
import { child, childText, element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import { deviceInformation } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";

const needs = commands("Settings");
const userInformation = element("Settings:UserInformation", [element("Settings:Get")]);

export const settingsCases: readonly Case[] = [
  {
    id: "settings/device-information",
    says: "What a device tells of itself is taken: Status 1 for the whole and for the property.",
    spec: ["MS-ASCMD_R4383"],
    level: "MUST",
    versions: between("12.0", "14.0"),
    needs,
    async run(device, t) {
      const reply = await device.introduce({ Model: "Conformance", OS: "none" });
      const property = reply.body && child(reply.body, "Settings:DeviceInformation");
      t.equal("MS-ASCMD_R4383", statusOf(reply), 1, "Status");
      t.equal("MS-ASCMD_R4383", property && childText(property, "Settings:Status"), "1", "Status of DeviceInformation");
    },
  },
  {
    id: "settings/user-information-names-an-address",
    says: "The user's addresses are told: phones decide by them whose meeting it is.",
    spec: ["MS-ASCMD_R2651"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const addresses = await device.addresses();
      t.ok("MS-ASCMD_R2651", addresses.length > 0, "there is an address");
      t.ok(
        "",
        addresses.every((address) => /^[^@\s]+@[^@\s]+$/.test(address)),
        "each looks like one",
      );
    },
  },
  {
    id: "settings/primary-address-from-14.1",
    says: "From 14.1 on the primary address is marked, within an account.",
    spec: ["MS-ASCMD_R2392"],
    level: "SHOULD",
    versions: since("14.1"),
    needs,
    async run(device, t) {
      const { body } = await device.settings([userInformation]);
      t.ok(
        "MS-ASCMD_R2392",
        JSON.stringify(body).includes("Settings:PrimarySmtpAddress"),
        "PrimarySmtpAddress is there",
      );
    },
  },
  {
    id: "settings/each-property-has-its-status",
    says: "Several properties in one request each get their own Status.",
    spec: ["MS-ASCMD_R4383"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const reply = await device.settings([deviceInformation({ Model: "Conformance" }), userInformation]);
      const body = t.found(reply.body, "a document");
      for (const name of ["Settings:DeviceInformation", "Settings:UserInformation"] as const) {
        const property = child(body, name);
        t.equal("MS-ASCMD_R4383", property && childText(property, "Settings:Status"), "1", `Status of ${name}`);
      }
    },
  },
  {
    id: "settings/out-of-office-can-be-asked",
    says: "Asking for the out-of-office state is answered with one.",
    spec: ["MS-ASCMD_R4383"],
    level: "SHOULD",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const asked = element("Settings:Oof", [element("Settings:Get", [element("Settings:BodyType", "Text")])]);
      const { body } = await device.settings([asked]);
      const oof = body && child(body, "Settings:Oof");
      const got = oof && child(oof, "Settings:Get");
      t.equal("MS-ASCMD_R4383", oof && childText(oof, "Settings:Status"), "1", "Status of Oof");
      t.ok("", got !== undefined && childText(got, "Settings:OofState") !== undefined, "OofState is there");
    },
  },
];
