/** Provision: what the policy may say, and how. */
import { since, until } from "../../../src/schema/versions.ts";
import { children, text } from "../../../src/wire/element.ts";
import { policyTypeOf } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";
import { numberOf, offer, policiesOf } from "./phases.ts";

const needs = commands("Provision");

const basic = [
  "AllowSimpleDevicePassword",
  "AlphanumericDevicePasswordRequired",
  "AttachmentsEnabled",
  "DevicePasswordEnabled",
  "DevicePasswordExpiration",
  "DevicePasswordHistory",
  "MaxAttachmentSize",
  "MaxDevicePasswordFailedAttempts",
  "MaxInactivityTimeDeviceLock",
  "MinDevicePasswordLength",
  "PasswordRecoveryEnabled",
];

/** Policies that 12.0 does not have. */
const later = [
  "AllowBluetooth",
  "AllowBrowser",
  "AllowCamera",
  "AllowConsumerEmail",
  "AllowDesktopSync",
  "AllowHTMLEmail",
  "AllowInternetSharing",
  "AllowIrDA",
  "AllowPOPIMAPEmail",
  "AllowRemoteDesktop",
  "AllowSMIMEEncryptionAlgorithmNegotiation",
  "AllowSMIMESoftCerts",
  "AllowStorageCard",
  "AllowTextMessaging",
  "AllowUnsignedApplications",
  "AllowUnsignedInstallationPackages",
  "AllowWiFi",
  "ApprovedApplicationList",
  "MaxCalendarAgeFilter",
  "MaxEmailAgeFilter",
  "MaxEmailBodyTruncationSize",
  "MaxEmailHTMLBodyTruncationSize",
  "MinDevicePasswordComplexCharacters",
  "RequireDeviceEncryption",
  "RequireEncryptedSMIMEMessages",
  "RequireEncryptionSMIMEAlgorithm",
  "RequireManualSyncWhenRoaming",
  "RequireSignedSMIMEAlgorithm",
  "RequireSignedSMIMEMessages",
  "RequireStorageCardEncryption",
  "UnapprovedInROMApplicationList",
];

/** A policy that is a number: what it may be, or empty where that is said. */
function bounded(
  id: string,
  says: string,
  spec: readonly string[],
  names: readonly string[],
  holds: (value: number) => boolean,
): Case {
  return {
    id: `provision/${id}`,
    says,
    spec,
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const policies = await policiesOf(device, t);
      for (const name of names) {
        const value = numberOf(policies, name);
        t.ok(
          spec,
          value === undefined || (Number.isInteger(value) && holds(value)),
          `${name} is ${value ?? "not said"}`,
        );
      }
    },
  };
}

export const provisionPolicyCases: readonly Case[] = [
  {
    id: "provision/type-stands-before-data",
    says: "A policy is told in the order type, Status, key, data: devices read the data by the type.",
    spec: ["MS-ASPROV_R310"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { reply } = await offer(device);
      const policies = reply.body && children(reply.body).find(({ name }) => name === "Provision:Policies");
      const policy = policies && children(policies)[0];
      t.equal(
        "MS-ASPROV_R310",
        policy && children(policy).map(({ name }) => name.slice("Provision:".length)),
        ["PolicyType", "Status", "PolicyKey", "Data"],
        "children of Policy",
      );
    },
  },
  {
    id: "provision/one-policy",
    says: "There is one policy, and clients look at the first alone.",
    spec: ["MS-ASPROV_R306"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { reply } = await offer(device);
      const policies = reply.body && children(reply.body).find(({ name }) => name === "Provision:Policies");
      t.equal(
        "MS-ASPROV_R306",
        policies && children(policies).map(({ name }) => name),
        ["Provision:Policy"],
        "Policies",
      );
    },
  },
  {
    id: "provision/data-holds-the-document",
    says: "From 12.0 on the policy is a document of elements, one per Data.",
    spec: ["MS-ASPROV_R210", "MS-ASPROV_R966", "MS-ASPROV_R971"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const { data, policyType } = await offer(device);
      t.equal(["MS-ASPROV_R966", "MS-ASPROV_R971"], policyType, "MS-EAS-Provisioning-WBXML", "PolicyType");
      const inner = data && children(data).map(({ name }) => name);
      t.equal("MS-ASPROV_R210", inner, ["Provision:EASProvisionDoc"], "children of Data");
    },
  },
  {
    id: "provision/data-is-an-xml-text",
    says: "In 2.5 the policy is a text: a wap-provisioningdoc that says whether a password is needed.",
    spec: ["MS-ASPROV_R965"],
    level: "MUST",
    versions: until("2.5"),
    needs,
    async run(device, t) {
      const { data, policyType } = await offer(device);
      t.equal("MS-ASPROV_R965", policyType, policyTypeOf("2.5"), "PolicyType");
      const document = data ? text(data) : "";
      t.ok("MS-ASPROV_R965", /^\s*<wap-provisioningdoc>.*<\/wap-provisioningdoc>\s*$/s.test(document), "it is one");
      t.ok("", !/\bname="4131"/.test(document) || /name="4131" value="[01]"/.test(document), "4131 is 0 or 1");
    },
  },
  {
    id: "provision/xml-minutes-and-lengths",
    says: "In 2.5 the parameters are whole numbers.",
    spec: [],
    level: "SHOULD",
    versions: until("2.5"),
    needs,
    async run(device, t) {
      const { data } = await offer(device);
      const values = [...(data ? text(data) : "").matchAll(/<parm name="(\w+)" value="([^"]*)"/g)];
      for (const [, name, value = ""] of values) t.ok("", /^-?\d+$/.test(value), `${name} is ${value}`);
    },
  },
  {
    id: "provision/policies-of-the-version",
    says: "The document holds what there is of policies, in 12.0 none of those that came with 12.1.",
    spec: ["MS-ASPROV_R235"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const there = new Set(t.version === "12.0" ? basic : [...basic, ...later]);
      const unknown = [...(await policiesOf(device, t)).keys()].filter((name) => !there.has(name));
      t.equal("MS-ASPROV_R235", unknown, [], "policies that the version does not have");
    },
  },
  {
    id: "provision/each-policy-once",
    says: "No policy is said twice.",
    spec: ["MS-ASPROV_R241", "MS-ASPROV_R199", "MS-ASPROV_R408"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const data = t.found((await offer(device)).data, "a policy");
      const names = children(data).flatMap((document) => children(document).map(({ name }) => name));
      t.equal(["MS-ASPROV_R241", "MS-ASPROV_R199", "MS-ASPROV_R408"], names.length, new Set(names).size, "policies");
    },
  },
  {
    id: "provision/flags-are-0-or-1",
    says: "What is allowed, required or enabled is 0 or 1.",
    spec: ["MS-ASPROV_R214", "MS-ASPROV_R88", "MS-ASPROV_R329"],
    level: "MUST",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      const others = new Set([
        "AllowBluetooth",
        "AllowSMIMEEncryptionAlgorithmNegotiation",
        "RequireEncryptionSMIMEAlgorithm",
        "RequireSignedSMIMEAlgorithm",
      ]);
      const flags = /^(?:Allow|Require)|Enabled$|Required$/;
      for (const [name, { content }] of await policiesOf(device, t)) {
        if (!flags.test(name) || others.has(name)) continue;
        const spec = ["MS-ASPROV_R214", "MS-ASPROV_R88", "MS-ASPROV_R329"];
        t.among(spec, content, ["0", "1"], name);
      }
    },
  },
  {
    id: "provision/password-is-said",
    says: "Whether a password is needed is said, so that devices do not guess.",
    spec: ["MS-ASPROV_R734"],
    level: "SHOULD",
    versions: since("12.0"),
    needs,
    async run(device, t) {
      t.ok(
        "MS-ASPROV_R734",
        (await policiesOf(device, t)).has("DevicePasswordEnabled"),
        "DevicePasswordEnabled is there",
      );
    },
  },
  bounded(
    "password-length",
    "The shortest password has 1 to 16 characters, or there is no shortest.",
    ["MS-ASPROV_R288"],
    ["MinDevicePasswordLength"],
    (value) => value >= 1 && value <= 16,
  ),
  bounded(
    "password-failures",
    "Wrong passwords are counted up to 4 to 16, or not at all.",
    ["MS-ASPROV_R253"],
    ["MaxDevicePasswordFailedAttempts"],
    (value) => value >= 4 && value <= 16,
  ),
  bounded(
    "password-groups",
    "Characters of 1 to 4 groups are asked for.",
    ["MS-ASPROV_R283"],
    ["MinDevicePasswordComplexCharacters"],
    (value) => value >= 1 && value <= 4,
  ),
  bounded(
    "whole-amounts",
    "Days, passwords, seconds and octets are whole numbers from 0 on.",
    ["MS-ASPROV_R216", "MS-ASPROV_R224", "MS-ASPROV_R276", "MS-ASPROV_R240"],
    ["DevicePasswordExpiration", "DevicePasswordHistory", "MaxInactivityTimeDeviceLock", "MaxAttachmentSize"],
    (value) => value >= 0 && value <= 4_294_967_295,
  ),
  bounded(
    "bluetooth",
    "Bluetooth is off, for hands-free devices, or on.",
    ["MS-ASPROV_R73", "MS-ASPROV_R74", "MS-ASPROV_R75"],
    ["AllowBluetooth"],
    (value) => value >= 0 && value <= 2,
  ),
  bounded(
    "calendar-age",
    "Of events all are there, or those of 2 weeks, 1, 3 or 6 months.",
    ["MS-ASPROV_R246", "MS-ASPROV_R247"],
    ["MaxCalendarAgeFilter"],
    (value) => [0, 4, 5, 6, 7].includes(value),
  ),
  bounded(
    "mail-age",
    "Of mails all are there, or those of 1 or 3 days, 1 or 2 weeks, 1 month.",
    ["MS-ASPROV_R258", "MS-ASPROV_R259"],
    ["MaxEmailAgeFilter"],
    (value) => value >= 0 && value <= 5,
  ),
  bounded(
    "mail-sizes",
    "Texts are cut at a size, at none (0), or not (-1).",
    ["MS-ASPROV_R267", "MS-ASPROV_R273"],
    ["MaxEmailBodyTruncationSize", "MaxEmailHTMLBodyTruncationSize"],
    (value) => value >= -1,
  ),
  bounded(
    "algorithms",
    "The ways to sign and encrypt are those that have a number.",
    ["MS-ASPROV_R352", "MS-ASPROV_R339", "MS-ASPROV_R146"],
    ["RequireSignedSMIMEAlgorithm", "RequireEncryptionSMIMEAlgorithm", "AllowSMIMEEncryptionAlgorithmNegotiation"],
    (value) => value >= 0 && value <= 4,
  ),
  {
    id: "provision/lists-of-applications",
    says: "Forbidden applications have names, allowed ones hashes.",
    spec: ["MS-ASPROV_R409", "MS-ASPROV_R202"],
    level: "MUST",
    versions: since("12.1"),
    needs,
    async run(device, t) {
      const policies = await policiesOf(device, t);
      const inner = (name: string) => children(policies.get(name) ?? { name: "Provision:Data", content: undefined });
      for (const one of inner("UnapprovedInROMApplicationList"))
        t.equal("MS-ASPROV_R409", [one.name, text(one) !== ""], ["Provision:ApplicationName", true], "a forbidden one");
      for (const one of inner("ApprovedApplicationList"))
        t.equal("MS-ASPROV_R202", [one.name, text(one) !== ""], ["Provision:Hash", true], "an allowed one");
    },
  },
];
