/** The demo's second part: a phone that sets itself up, takes a policy, is seen in the portal, is lost and wiped. */
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { discoveryPath, discoveryRequest, readDiscovery } from "../../conformance/device/discovery.ts";
import { child, childText, type Element, element } from "../../src/wire/element.ts";
import { createBrowser } from "../portal/browser.ts";
import type { Stage } from "./stage.ts";
import { managedType } from "./stage.ts";
import { expect, type Step } from "./step.ts";

const deviceId = "DEMOMANAGED";

/** The steps, after those of `walk.ts`; `phone` is one of the same user's that must not feel any of it. */
export function managedPhoneSteps(
  stage: Stage,
  phone: Device,
): { readonly steps: readonly Step[]; readonly end: () => void } {
  const { radicale, url } = stage;
  const { user, password } = radicale;
  const managed = createDevice({
    url,
    user,
    password,
    version: "16.1",
    queryForm: "base64",
    deviceId,
    deviceType: managedType,
    polite: false,
  });
  const portal = createBrowser(url);

  const steps: Step[] = [
    {
      says: "Another phone knows an address and a password, and asks where its server is (Autodiscover)",
      act: async () => {
        const { status, bytes } = await managed.visit({
          path: discoveryPath,
          method: "POST",
          headers: { "Content-Type": "text/xml" },
          bytes: Buffer.from(discoveryRequest(user)),
        });
        expect(status === 200, `Autodiscover was answered with HTTP ${status}`);
        const found = readDiscovery(bytes);
        expect(found.url?.startsWith(url) === true, `it was sent to ${found.url ?? "nowhere"}`);
        return found.url ?? "";
      },
    },
    {
      says: "Phones of its kind have to take a policy: it gets nothing before, and all after (Provision)",
      act: async () => {
        const before = await managed.folderSync();
        expect(before.status === 142, `it got Status ${before.status} without the policy`);
        const { reply } = await managed.provision();
        const { status } = await managed.folderSync();
        expect(status === 1, `it got Status ${status} with the policy`);
        await managed.sync(managed.folder("Contacts"));
        expect(reply.status === 200, `Provision was answered with HTTP ${reply.status}`);
        return `Status 142, a password of 6 characters taken, then ${managed.folders.length} folders`;
      },
    },
    {
      says: "Its user looks at it in the portal",
      act: async () => {
        await portal.open("/portal/login");
        await portal.submit("/portal/login", { name: user, password });
        const { html } = await portal.open(`/portal/devices/${deviceId}`);
        expect(html.includes(deviceId), "the portal does not show it");
        expect(/policy/i.test(html) && html.includes("16.1"), "the portal says nothing of its policy and version");
        return `${url}/portal shows ${deviceId}, its version, policy and folders`;
      },
    },
    {
      says: "It is lost: the user has the account on it wiped, in the portal",
      act: async () => {
        await portal.open(`/portal/devices/${deviceId}/wipe`);
        const done = await portal.submit(`/portal/devices/${deviceId}/wipe`, { password });
        expect(done.html.includes("The wipe is ordered."), "the portal did not order the wipe");
        const { status } = await managed.folderSync();
        expect(status === 140, `it got Status ${status} instead of the order to wipe itself`);
        const order = (await managed.send("Provision", provisionElement())).body;
        expect(
          order !== undefined && child(order, "Provision:AccountOnlyRemoteWipe") !== undefined,
          "Provision does not tell it to erase the account",
        );
        const wiped = element("Provision:AccountOnlyRemoteWipe", [element("Provision:Status", 1)]);
        const taken = (await managed.send("Provision", provisionElement(wiped))).body;
        expect(
          taken !== undefined && childText(taken, "Provision:Status") === "1",
          "its answer to the wipe was not taken",
        );
        const after = await managed.folderSync();
        expect(after.status === 129, `it got Status ${after.status} after it was wiped`);
        const other = await phone.folderSync();
        expect(other.status === 1 && other.count === 0, "the other phone felt something of it");
        const entries = await stage.gateway.devices.audit.read({ most: 10, device: deviceId });
        return `told, erased, acknowledged and kept out; the other phone felt nothing; ${entries.length} lines in the audit log`;
      },
    },
  ];
  return { steps, end: () => managed.close() };
}

function provisionElement(inner?: Element): Element {
  return element("Provision:Provision", inner === undefined ? [] : [inner]);
}
