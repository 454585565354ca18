import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import {
  asksNothing,
  policyDocument,
  policyFingerprint,
  policyXml,
  settingsTold,
  settingsUntold,
} from "../../src/protocol/policy-document.ts";
import { validate } from "../../src/protocol/validate.ts";
import { provision } from "../../src/schema/pages/provision.ts";
import { nothing, type Policy, policyRows } from "../../src/schema/policies.ts";
import { versions } from "../../src/schema/versions.ts";
import { children, element, text } from "../../src/wire/element.ts";

/** Every setting, at a value that asks for something. */
const everything: Policy = Object.fromEntries(
  policyRows.map(({ setting, value }) => {
    if (value.kind === "flag") return [setting, value.free === 1 ? 0 : 1];
    if (value.kind === "choice") return [setting, Object.values(value.choices).find((one) => one !== value.free) ?? 0];
    if (value.kind === "list") return [setting, [value.item === "Hash" ? "a".repeat(40) : "camera.exe"]];
    return [setting, value.most];
  }),
);
const office: Policy = { passwordRequired: 1, passwordMinLength: 6, lockAfter: 330, camera: 0 };

function shown(policy: Policy, version: (typeof versions)[number], before?: readonly string[]) {
  return children(policyDocument(policy, version, before)).map(({ name, content }) => [
    name.replace("Provision:", ""),
    Array.isArray(content) ? content.map(text) : content,
  ]);
}

describe("the table of policies", () => {
  it("has every tag of the page that is a policy, once, with the page's first version", () => {
    const others = new Set(
      "Provision Policies Policy PolicyType PolicyKey Data Status RemoteWipe AccountOnlyRemoteWipe EASProvisionDoc DocumentBrowseEnabled ApplicationName Hash".split(
        " ",
      ),
    );
    const tags = Object.keys(provision.tags).filter((tag) => !others.has(tag));
    expect(policyRows.map(({ tag }) => tag).toSorted()).toEqual(tags.toSorted());
    expect(new Set(policyRows.map(({ setting }) => setting)).size).toBe(policyRows.length);
    for (const { tag, since } of policyRows) {
      const row: { readonly since?: string } = provision.tags[tag];
      expect(row.since, tag).toBe(since);
    }
  });

  it("has settings that stand beside flags of the table only", () => {
    for (const { setting, beside } of policyRows) {
      const other = policyRows.find((row) => row.setting === beside?.setting);
      expect(beside === undefined || other?.value.kind === "flag", setting).toBe(true);
    }
  });
});

describe("the document of a version", () => {
  it("says what the version knows, and is valid: MS-ASPROV_R235", () => {
    for (const version of versions.filter((one) => one !== "2.5")) {
      const document = policyDocument(everything, version);
      const answer = element("Provision:Provision", [
        element("Provision:Status", 1),
        element("Provision:Policies", [
          element("Provision:Policy", [
            element("Provision:PolicyType", "MS-EAS-Provisioning-WBXML"),
            element("Provision:Status", 1),
            element("Provision:PolicyKey", "1"),
            element("Provision:Data", [document]),
          ]),
        ]),
      ]);
      expect(validate("Provision", "response", version, answer), version).toEqual([]);
      expect(children(document)).toHaveLength(settingsTold(everything, version).length);
    }
    expect(settingsTold(everything, "12.0")).toHaveLength(11);
    expect(settingsTold(everything, "12.1")).toHaveLength(policyRows.length);
    expect(settingsTold(everything, "16.1")).toHaveLength(policyRows.length);
  });

  it("asks for nothing with one element: field clients 26", () => {
    for (const version of ["12.0", "12.1", "14.1", "16.1"] as const)
      expect(shown(nothing, version)).toEqual([["DevicePasswordEnabled", "0"]]);
  });

  it("takes back what the device was told earlier, empty or as it is without: MS-ASPROV_R652", () => {
    const before = [
      "lockAfter",
      "passwordHistory",
      "bluetooth",
      "applicationsForbidden",
      "applicationsAllowed",
      "camera",
    ];
    expect(shown({ camera: 0 }, "14.1", before)).toEqual([
      ["DevicePasswordEnabled", "0"],
      ["MaxInactivityTimeDeviceLock", undefined],
      ["DevicePasswordHistory", "0"],
      ["AllowCamera", "0"],
      ["AllowBluetooth", "2"],
      // An empty list of what is allowed would allow nothing.
      ["UnapprovedInROMApplicationList", undefined],
    ]);
    expect(shown({}, "12.0", ["bluetooth"])).toEqual([["DevicePasswordEnabled", "0"]]);
  });

  it("names what it cannot say: MS-ASCMD_R4898", () => {
    expect(settingsUntold(office, "12.0")).toEqual(["camera"]);
    expect(settingsUntold(office, "2.5")).toEqual(["camera"]);
    expect(settingsUntold({ ...office, passwordExpires: 30 }, "2.5")).toEqual(["passwordExpires", "camera"]);
    expect(settingsUntold({ camera: 1, bluetooth: 2 }, "2.5")).toEqual([]);
    expect(settingsUntold(everything, "12.1")).toEqual([]);
    expect(asksNothing({ camera: 0 }, "12.0")).toBe(true);
    expect(asksNothing({ camera: 0 }, "12.1")).toBe(false);
  });
});

describe("the document of 2.5", () => {
  it("says what it can, in whole minutes, and never later than asked: MS-ASPROV_R965", () => {
    expect(policyXml(office)).toBe(
      '<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="0"/></characteristic>' +
        '<characteristic type="Registry">' +
        '<characteristic type="HKLM\\Comm\\Security\\Policy\\LASSD\\LAP\\lap_pw"><parm name="PasswordComplexity" value="2"/>' +
        '<parm name="MinimumPasswordLength" value="6"/></characteristic>' +
        '<characteristic type="HKLM\\Comm\\Security\\Policy\\LASSD\\AE\\{50C13377-C66D-400C-889E-C316FC4AB374}">' +
        '<parm name="AEFrequencyType" value="1"/><parm name="AEFrequencyValue" value="5"/></characteristic>' +
        '<characteristic type="HKLM\\Comm\\Security\\Policy\\LASSD"><parm name="DeviceWipeThreshold" value="-1"/></characteristic>' +
        "</characteristic></wap-provisioningdoc>",
    );
  });

  it("asks for nothing with one parameter", () => {
    expect(policyXml(nothing)).toBe(
      '<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="1"/></characteristic></wap-provisioningdoc>',
    );
  });

  it("is well-formed whatever is asked", () => {
    for (const policy of [everything, office, nothing]) {
      const parser = new SaxesParser();
      let depth = 0;
      parser.on("opentag", () => (depth += 1));
      parser.on("error", (error) => {
        throw error;
      });
      parser.write(policyXml(policy)).close();
      expect(depth).toBeGreaterThan(2);
    }
  });
});

describe("the fingerprint of a set", () => {
  it("is the same for what asks the same, whatever the order and the version", () => {
    const turned: Policy = { lockAfter: 330, camera: 0, passwordMinLength: 6, passwordRequired: 1 };
    expect(policyFingerprint(turned, "14.1")).toBe(policyFingerprint(office, "14.1"));
    expect(policyFingerprint(office, "16.1")).toBe(policyFingerprint(office, "12.1"));
    expect(policyFingerprint({ camera: 1 }, "16.1")).toBe(policyFingerprint(nothing, "2.5"));
    // Of the camera a 12.0 device hears nothing: forbidding it is no change for that one.
    expect(policyFingerprint({ ...office, camera: 1 }, "12.0")).toBe(policyFingerprint(office, "12.0"));
  });

  it("differs with every setting that asks for something, and stays from release to release", () => {
    const prints = policyRows.map(({ setting }) => policyFingerprint({ [setting]: everything[setting] ?? 0 }, "16.1"));
    expect(new Set([...prints, policyFingerprint(nothing, "16.1")]).size).toBe(policyRows.length + 1);
    expect(policyFingerprint(office, "14.1")).toBe("fQ-7nPOTn1j72RTH8zQKgX");
  });
});
