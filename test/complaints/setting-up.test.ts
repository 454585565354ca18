import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { contactFields, eventFields, noteFields } from "../../conformance/cases/samples.ts";
import { readProvision } from "../../conformance/device/answers.ts";
import { discoveryRequest, readDiscovery } from "../../conformance/device/discovery.ts";
import { acknowledgement, policyRequest } from "../../conformance/device/requests.ts";
import { diagnose } from "../../src/cli/doctor/diagnose.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { checkConfig } from "../../src/config.ts";
import { Secret } from "../../src/log.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { children, type Element, element } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { startTwin } from "../servers/dav-twin.ts";
import { endLater, memoryWorld, phoneOf, twinWorld } from "../trouble/world.ts";
import { complaint, edited, textsIn } from "./complaint.ts";

const outlookPad = { deviceType: "Outlook", userAgent: "Outlook-iOS-Android/1.0" };
const outlook = { deviceType: "WindowsOutlook15", userAgent: "Outlook/16.0 (16.0.17932.20162; C2R; x64)" };
const iOS16 = { deviceType: "iPhone", userAgent: "Apple-iPhone14C5/2001.380" };
const clients = [named.iOS17, iOS16, outlookPad, outlook, named.gmail, named.android10, named.samsung] as const;

/** Every element below and with this one. */
function all(of: Element): readonly Element[] {
  return [of, ...children(of).flatMap(all)];
}

complaint(14, () => {
  it("a phone that provisions is through after its two phases, and is never told to do it again", async () => {
    const world = await memoryWorld();
    for (const client of clients) {
      const commands: string[] = [];
      const phone = world.phone({ ...client, trace: ({ command }) => commands.push(command) });
      await phone.provision();
      expect(commands, client.userAgent).toEqual(["Provision", "Provision"]);
      await phone.folderSync();
      for (const type of [8, 9]) await phone.sync(phone.folder(type));
      await phone.ping([phone.folder(9)], 60, { timeout: 200 }).catch(() => {});
      for (let day = 0; day < 3; day += 1) expect((await phone.sync(phone.folder(9), { once: true })).status).toBe(1);
      // The device would have provisioned by itself had any answer asked for it.
      expect(
        commands.filter((command) => command === "Provision"),
        client.userAgent,
      ).toHaveLength(2);
    }
  });

  it("a phone that repeats a phase, loses an answer or comes with an old key gets through all the same", async () => {
    const world = await memoryWorld();
    for (const client of clients) {
      const phone = world.phone(client);
      const first = await phone.provision();
      // A key from another server, or from before a restore.
      const old = { headers: { "X-MS-PolicyKey": "1234567890" } };
      for (const command of ["FolderSync", "Sync"] as const) {
        const body = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", 0)]);
        const reply = await phone.send(command, command === "Sync" ? undefined : body, old);
        expect(reply.status, client.userAgent).toBe(200);
      }
      const second = await phone.send("Provision", policyRequest("14.1", { Model: "Phone" }));
      await phone.repeat();
      const offered = readProvision(await phone.repeat()).key ?? "";
      expect(readProvision(second)).toMatchObject({ status: 1, policyStatus: 1 });
      phone.dropNext();
      await expect(phone.send("Provision", acknowledgement("14.1", offered))).rejects.toThrow("thrown away");
      const granted = readProvision(await phone.repeat());
      expect(granted, client.userAgent).toMatchObject({ status: 1, policyStatus: 1 });
      expect(granted.key).not.toBe(first.key);
      expect((await phone.folderSync()).status).toBe(1);
    }
  });

  it("a policy that has to be taken is asked for once, and once more when it has changed, of every client", async () => {
    const state = createMemoryState();
    const policies = { first: { passwordRequired: true }, second: { passwordRequired: true, passwordMinLength: 6 } };
    for (const policy of ["first", "second"]) {
      const devices = { provisioning: "force", policy };
      const world = await memoryWorld({ settings: { policies, devices }, parts: { state } });
      for (const [index, client] of clients.entries()) {
        const commands: string[] = [];
        const phone = world.phone({
          ...client,
          deviceId: `PHONE${index}`,
          trace: ({ command }) => void commands.push(command),
        });
        for (let day = 0; day < 3; day += 1) {
          expect((await phone.folderSync()).status).toBe(1);
          expect((await phone.sync(phone.folder(9), { once: true })).status).toBe(1);
        }
        expect(
          commands.filter((command) => command === "Provision"),
          client.userAgent,
        ).toHaveLength(client === outlook ? 0 : 2);
      }
    }
  });
});

complaint(15, () => {
  it("Gmail adds an account that asks for no security settings, provisioned or not", async () => {
    const world = await memoryWorld();
    for (const provisions of [false, true]) {
      // It does nothing on its own: an answer that asked for provisioning would be told by its status.
      const phone = world.phone({ ...named.gmail, polite: false });
      const { versions: offered, commands } = await phone.options();
      expect(offered).toContain("14.1");
      expect(commands).toContain("Provision");
      if (provisions) expect(await phone.provision()).toMatchObject({ status: 1, policyStatus: 1 });
      // As the app does it: the folder list, twice, and then its folders.
      for (let time = 0; time < 2; time += 1) expect((await phone.folderSync({ key: "0" })).status).toBe(1);
      for (const type of [8, 9]) expect((await phone.sync(phone.folder(type), { key: "0" })).status).toBe(1);
    }
  });
});

complaint(16, () => {
  it("the policy asks for nothing: no password, no encryption, no wipe, in any version", async () => {
    const world = await memoryWorld();
    for (const version of versions) {
      const phone = world.phone({ ...named.android10, version });
      const offer = await phone.send("Provision", policyRequest(version, { Model: "Pixel" }), {
        headers: { "X-MS-PolicyKey": "0" },
      });
      const said = offer.body ? all(offer.body) : [];
      expect(
        said.map(({ name }) => name).filter((name) => /Wipe/.test(name)),
        version,
      ).toEqual([]);
      const policy = said.find(({ name }) => name === "Provision:EASProvisionDoc");
      if (version === "2.5") {
        const document = said.find(({ name }) => name === "Provision:Data");
        expect(document?.content, version).toBe(
          '<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="1"/></characteristic></wap-provisioningdoc>',
        );
      } else {
        expect(policy && children(policy), version).toEqual([element("Provision:DevicePasswordEnabled", 0)]);
      }
      const { key = "" } = readProvision(offer);
      const granted = await phone.send("Provision", acknowledgement(version, key));
      expect(
        (granted.body ? all(granted.body) : []).map(({ name }) => name).filter((name) => /Wipe/.test(name)),
      ).toEqual([]);
    }
  });
});

complaint(17, () => {
  it("16.1 is offered, last and best, beside all older versions", async () => {
    const { versions: offered, commands } = await (await memoryWorld()).phone().options();
    expect(offered).toEqual(["2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"]);
    expect(commands).toEqual(expect.arrayContaining(["Sync", "FolderSync", "Ping", "ItemOperations", "Settings"]));
  });

  it("a client that speaks nothing but 16.1 lives its day: contacts, calendar, tasks, notes, push", async () => {
    const world = await memoryWorld({ settings: { push: { heartbeat: { min: 1 } } } });
    const options = { ...named.outlook, version: "16.1" } as const;
    const [phone, other] = [world.phone(options), world.phone({ ...options, ...named.iOS17 })];
    await phone.provision();
    for (const one of [phone, other]) await one.folderSync();
    const times = { StartTime: "20301124T100000Z", EndTime: "20301124T110000Z" };
    const kinds: readonly { type: number; path: string; title: KnownName; more: readonly Element[] }[] = [
      { type: 9, path: "contacts", title: "Contacts:FirstName", more: [] },
      { type: 8, path: "calendar", title: "Calendar:Subject", more: eventFields(times) },
      { type: 7, path: "tasks", title: "Tasks:Subject", more: [] },
      { type: 10, path: "notes", title: "Notes:Subject", more: noteFields({ MessageClass: "IPM.StickyNote" }) },
    ];
    for (const { type, path, title, more } of kinds) {
      const [folder, there] = [phone.folder(type), other.folder(type)];
      await phone.sync(folder);
      await other.sync(there);
      const waiting = other.ping([there], 30);
      await expect.poll(() => world.gateway.hub.waiting).toBe(1);
      const added = await phone.add(folder, [element(title, "Ada"), ...more]);
      expect((await waiting).status, path).toBe(2);
      await other.sync(there);
      const [item] = other.items(there).values();
      if (!item) throw new Error(`nothing in ${path}`);
      // An event keeps what is not said; the others are said whole.
      const change = type === 8 ? [element(title, "Augusta")] : edited(item, { [title]: "Augusta" });
      expect((await other.change(there, item.serverId, change)).status, path).toBe(1);
      expect([...(await textsIn(world.account, `/anna/${path}/`)).values()].join(""), path).toContain("Augusta");
      expect(
        (await phone.sync(folder)).changes.map(({ kind }) => kind),
        path,
      ).toEqual(["Change"]);
      await phone.remove(folder, added.serverId);
      expect((await textsIn(world.account, `/anna/${path}/`)).size, path).toBe(0);
    }
  });
});

complaint(22, () => {
  it("a login that is no address has the account's real ones, in the versions that ask for them", async () => {
    const world = await memoryWorld();
    for (const version of ["12.1", "14.0", "14.1", "16.1"] as const) {
      const phone = world.phone({ ...named.iOS17, version });
      expect(await phone.addresses(), version).toEqual(["anna@example.org"]);
    }
  });

  it("all addresses of an account are offered, the preferred one first", async () => {
    const world = await memoryWorld({
      seenAs: (account) => ({
        ...account,
        addresses: ["anna@example.org", "a.muster@example.org", "info@example.org"],
      }),
    });
    const phone = world.phone({ ...named.iOS17, version: "16.1" });
    expect(await phone.addresses()).toEqual(["anna@example.org", "a.muster@example.org", "info@example.org"]);
  });

  it("a login is taken as phones send it: plain, with a domain before it, with none before the backslash", async () => {
    const world = await memoryWorld();
    for (const user of ["anna", "EXAMPLE\\anna", "\\anna"]) {
      const phone = world.phone({ ...named.iOS17, user });
      expect((await phone.folderSync()).status, user).toBe(1);
    }
  });
});

complaint(25, () => {
  async function findings(url: string, password: string): Promise<readonly Finding[]> {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-doctor-"));
    try {
      const config = checkConfig({ listen: { port: 0 }, data: "data", backends: [{ dav: { url } }] }, { folder });
      const found: Finding[] = [];
      const login = { user: "anna", password: new Secret(password) };
      for await (const finding of diagnose(config, { login })) found.push(finding);
      return found;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it("the doctor finds nothing wrong where nothing is, and says of each mistake what to do", async () => {
    const twin = await startTwin();
    endLater(() => twin.stop());
    expect((await findings(twin.url, "geheim")).filter(({ level }) => level === "bad")).toEqual([]);
    const mistakes = [...(await findings(twin.url, "wrong")), ...(await findings("http://127.0.0.1:1/", "geheim"))];
    const bad = mistakes.filter(({ level }) => level === "bad");
    expect(bad.map(({ says }) => says).join("\n")).toMatch(/login anna is refused/);
    expect(bad.length).toBeGreaterThan(1);
    for (const finding of bad) expect(finding).toMatchObject({ mend: expect.stringMatching(/\w/) });
  });

  it("a phone that has a mail address and a password finds the rest by itself", async () => {
    const world = await memoryWorld();
    const guest = world.phone();
    const bytes = Buffer.from(discoveryRequest("anna@example.org"));
    for (const path of ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"]) {
      const { url = "" } = readDiscovery((await guest.visit({ method: "POST", path, bytes })).bytes);
      const phone = world.phone({ url });
      expect((await phone.folderSync()).status).toBe(1);
    }
  });

  it("the address is found in any case, and what is none says so", async () => {
    const world = await memoryWorld();
    for (const path of [
      "/Microsoft-Server-ActiveSync",
      "/microsoft-server-activesync",
      "/MICROSOFT-SERVER-ACTIVESYNC",
    ]) {
      const phone = phoneOf(`${world.gateway.url}${path}`, named.iOS17);
      expect((await phone.options()).versions, path).toContain("16.1");
      expect((await phone.folderSync()).status, path).toBe(1);
    }
    const reply = await world.phone({ strict: false }).send("FolderSync", undefined, { path: "/elsewhere" });
    expect(reply.status).toBe(404);
  });

  it("the password is the server's own: a new one is good at once and loses nothing, the old one is 401", async () => {
    const users: Record<string, string> = { anna: "geheim" };
    const world = await twinWorld({ twin: { users } });
    const before = world.phone({ deviceId: "PHONE" });
    await before.folderSync();
    const folder = before.folder(9);
    await before.add(folder, contactFields({ FirstName: "Ada" }));
    users.anna = "neu";
    const after = world.phone({ deviceId: "PHONE", password: "neu" });
    expect(await after.folderSync({ key: before.folderKey })).toMatchObject({ status: 1, count: 0 });
    expect((await after.sync(folder, { once: true, key: before.key(folder) })).empty).toBe(true);
    const old = world.phone({ deviceId: "PHONE", strict: false });
    expect((await old.folderSync()).reply.status).toBe(401);
  });

  it("Inbox, Drafts, Sent and Deleted are there, each once, under the types that phones look for", async () => {
    const phone = (await memoryWorld()).phone(named.iOS17);
    await phone.folderSync();
    const types = phone.folders.map(({ type }) => type).filter((type) => type <= 6);
    expect(types.toSorted((one, two) => one - two)).toEqual([2, 3, 4, 5, 6]);
  });
});
