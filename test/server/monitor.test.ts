/** What Prometheus and an orchestrator are told, and where. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createMetrics } from "../../src/metrics.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { startTwin } from "../servers/dav-twin.ts";
import { card } from "../trouble/world.ts";

const settings = { metrics: { port: 0 } };

function monitorOf({ monitorUrl }: TestGateway): string {
  if (monitorUrl === undefined) throw new Error("no monitor");
  return monitorUrl;
}

/** The samples of an exposition, by name and labels. */
async function figuresOf(gateway: TestGateway): Promise<ReadonlyMap<string, number>> {
  const reply = await fetch(`${monitorOf(gateway)}/metrics`);
  expect(reply.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = (await reply.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

function phoneOf(url: string, password = "geheim", deviceId = "PHONE1") {
  const login = { url, user: "anna", password };
  const phone = createDevice({ ...login, deviceId, version: "14.1", queryForm: "plain", strict: false });
  onTestFinished(() => phone.close());
  return phone;
}

describe("the monitor", () => {
  it("counts what phones ask, what the backend was asked, and what was stored, without naming anybody", async () => {
    const twin = await startTwin();
    onTestFinished(() => twin.stop());
    const gateway = await startTestGateway({ dav: twin.url, settings });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url);
    await phone.options();
    await phone.folderSync();
    await phone.send("Bogus");
    await phone.send("Sham");

    // A request is counted when its answer is on its way.
    const done = 'isthmus_requests_total{command="other",http="501",version="14.1",status="none"}';
    await expect.poll(async () => (await figuresOf(gateway)).get(done)).toBe(2);
    const figures = await figuresOf(gateway);
    const requests = (labels: string) => figures.get(`isthmus_requests_total{${labels}}`);
    expect(requests('command="OPTIONS",http="200",version="",status="none"')).toBe(1);
    expect(requests('command="FolderSync",http="200",version="14.1",status="1"')).toBe(1);
    expect(figures.get('isthmus_request_seconds_count{command="FolderSync",waited="no"}')).toBe(1);
    const asked = [...figures].filter(([name]) => name.startsWith("isthmus_backend_requests_total"));
    expect(asked.reduce((sum, [, count]) => sum + count, 0)).toBe(twin.seen.length);
    const found = twin.seen.filter(({ path }) => path.startsWith("/dav/")).length;
    expect(asked).toContainEqual([
      'isthmus_backend_requests_total{backend="test",server="dav",method="PROPFIND",answer="2xx"}',
      found,
    ]);
    expect(figures.get('isthmus_backend_seconds_count{backend="test",server="dav",method="PROPFIND"}')).toBe(
      twin.seen.length,
    );
    expect(figures.get("isthmus_state_octets_total")).toBe(gateway.state.bytesWritten);
    expect(gateway.state.bytesWritten).toBeGreaterThan(0);
    expect(figures.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect([...figures.keys()].join()).not.toMatch(/anna|Bogus|Sham|ISTHMUS|127\.0\.0\.1/);
  });

  it("counts the Status of an answer, whether it stands in the document or in a part of it", async () => {
    const gateway = await startTestGateway({ settings });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url, "secret");
    await phone.folderSync();
    await phone.send(
      "FolderSync",
      element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "no-key")]),
    );
    const move = [
      element("Move:SrcMsgId", "nothing"),
      element("Move:SrcFldId", "nowhere"),
      element("Move:DstFldId", "nowhere"),
    ];
    await phone.send("MoveItems", element("Move:MoveItems", [element("Move:Move", move)]));
    await phone.send(
      "Sync",
      element("AirSync:Sync", [
        element("AirSync:Collections", [
          element("AirSync:Collection", [element("AirSync:SyncKey", "0"), element("AirSync:CollectionId", "nowhere")]),
        ]),
      ]),
    );
    const figures = async () =>
      [...(await figuresOf(gateway)).keys()].flatMap((name) => {
        const found = /^isthmus_requests_total\{command="(\w+)".*status="(\w+)"\}$/.exec(name);
        return found ? [`${found[1]} ${found[2]}`] : [];
      });
    await expect
      .poll(figures)
      .toEqual(expect.arrayContaining(["FolderSync 1", "FolderSync 9", "MoveItems 1", "Sync 12"]));
  });

  it("tells how long a change took from where it was seen to the phone that waited", async () => {
    const twin = await startTwin();
    onTestFinished(() => twin.stop());
    const push = { hook: { secret: "a secret of the hook" } };
    const gateway = await startTestGateway({ dav: twin.url, settings: { ...settings, push } });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    await phone.sync(folder);
    const waiting = phone.ping([folder], 60);
    await expect.poll(async () => (await figuresOf(gateway)).get('isthmus_waiting_phones{command="Ping"}')).toBe(1);
    const path = "/dav/card/anna/contacts/";
    twin.shelves.get(path)?.put(`${path}new.vcf`, card("new"));
    await fetch(`${gateway.url}/hooks/changed?path=${path}`, {
      method: "POST",
      headers: { Authorization: "Bearer a secret of the hook" },
    });
    expect((await waiting).status).toBe(2);
    const lag = async (part: string) =>
      (await figuresOf(gateway)).get(`isthmus_sync_lag_seconds_${part}{command="Ping"}`);
    await expect.poll(() => lag("count")).toBe(1);
    expect(await lag("sum")).toBeGreaterThan(0);
    expect(await lag("sum")).toBeLessThan(5);
  });

  it("tells how the servers behind are, and stays ready while one is away", async () => {
    const twin = await startTwin();
    onTestFinished(() => twin.stop());
    const gateway = await startTestGateway({ dav: twin.url, settings });
    onTestFinished(() => gateway.end());
    const verbose = async () => {
      const reply = await fetch(`${monitorOf(gateway)}/readyz?verbose`);
      return `${reply.status} ${await reply.text()}`;
    };
    const up = async () => (await figuresOf(gateway)).get('isthmus_backend_up{backend="test",server="dav"}');
    expect(await verbose()).toBe("200 ready\ntest dav: not asked yet\n");
    expect(await up()).toBeUndefined();
    const phone = phoneOf(gateway.url);
    await phone.folderSync();
    expect(await verbose()).toMatch(/^200 ready\ntest dav: answers, last answer \d s ago\n$/);
    expect(await up()).toBe(1);
    expect(gateway.backendHealth()).toMatchObject([{ backend: "test", server: "dav", isUp: true }]);
    await twin.stop();
    await phone.sync(phone.folder(9)).catch(() => {});
    await expect.poll(up).toBe(0);
    expect(await verbose()).toMatch(
      /test dav: does not answer, last answer .*, last failure \d s ago \(no answer\)\n$/,
    );
  });

  it("answers to the names that Kubernetes uses too", async () => {
    const gateway = await startTestGateway({ settings });
    onTestFinished(() => gateway.end());
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(monitorOf(gateway) + path)).status).toBe(200);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(404);
  });

  it("counts the items that cross", async () => {
    const twin = await startTwin();
    onTestFinished(() => twin.stop());
    const path = "/dav/card/anna/contacts/";
    for (const name of ["a", "b", "c"]) twin.shelves.get(path)?.put(`${path}${name}.vcf`, card(name));
    const gateway = await startTestGateway({ dav: twin.url, settings });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url);
    await phone.folderSync();
    await phone.sync(phone.folder(9));
    await phone.add(phone.folder(9), [element("Contacts:FirstName", "D")]);
    const figure = async (name: string) => (await figuresOf(gateway)).get(name);
    await expect.poll(() => figure("isthmus_items_received_total")).toBe(1);
    expect(await figure("isthmus_items_sent_total")).toBe(3);
  });

  it("tells how many phones wait", async () => {
    const twin = await startTwin();
    onTestFinished(() => twin.stop());
    const gateway = await startTestGateway({ dav: twin.url, settings });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url);
    await phone.folderSync();
    const waiting = phone.ping([phone.folder(9)], 60);
    await expect.poll(async () => (await figuresOf(gateway)).get('isthmus_waiting_phones{command="Ping"}')).toBe(1);
    expect((await figuresOf(gateway)).get('isthmus_waiting_phones{command="Sync"}')).toBe(0);
    await gateway.stop();
    await waiting;
  });

  it("counts new devices, and what is decided of them", async () => {
    const gateway = await startTestGateway({ settings: { ...settings, devices: { most: 1 } } });
    onTestFinished(() => gateway.end());
    const phone = phoneOf(gateway.url, "secret");
    await phone.folderSync();
    expect((await phoneOf(gateway.url, "secret", "ANOTHER").folderSync()).status).toBe(177);
    const actor = { role: "administrator", name: "root" } as const;
    for await (const { scope } of gateway.devices.all()) await gateway.devices.act(actor, scope, { kind: "block" });
    const figures = await figuresOf(gateway);
    expect(figures.get('isthmus_new_devices_total{outcome="let in"}')).toBe(1);
    expect(figures.get('isthmus_new_devices_total{outcome="no room"}')).toBe(1);
    expect(figures.get('isthmus_device_actions_total{action="block",by="administrator"}')).toBe(1);
  });

  it("counts a store that fails, and is not ready while it does", async () => {
    let isDown = false;
    const memory = createMemoryState(Date.now);
    const down = () => Promise.reject(new Error("the store is away"));
    const state: State = {
      ...memory,
      read: (...asked) => (isDown ? down() : memory.read(...asked)),
      commit: (...asked) => (isDown ? down() : memory.commit(...asked)),
    };
    const gateway = await startTestGateway({ settings, parts: { state } });
    onTestFinished(() => gateway.end());
    const ready = async () => (await fetch(`${monitorOf(gateway)}/ready`)).status;
    expect(await ready()).toBe(200);
    isDown = true;
    expect(await ready()).toBe(503);
    expect((await fetch(`${monitorOf(gateway)}/health`)).status).toBe(200);
    expect((await figuresOf(gateway)).get('isthmus_store_errors_total{operation="read"}')).toBeGreaterThan(0);
    isDown = false;
    expect(await ready()).toBe(200);
  });

  it("is not ready when the store does not answer in time", async () => {
    const memory = createMemoryState(Date.now);
    const gateway = await startTestGateway({
      settings,
      parts: { state: { ...memory, read: () => new Promise<never>(() => {}) } },
    });
    onTestFinished(() => gateway.end());
    expect((await fetch(`${monitorOf(gateway)}/ready`)).status).toBe(503);
  });

  it("is not ready while the gateway drains", async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let asked = 0;
    const before = () => {
      asked += 1;
      return gate;
    };
    const gateway = await startTestGateway({ settings, memory: { before } });
    onTestFinished(() => gateway.end());
    const slow = phoneOf(gateway.url, "secret").options();
    await expect.poll(() => asked).toBe(1);
    const stopped = gateway.stop();
    await expect.poll(async () => (await fetch(`${monitorOf(gateway)}/ready`)).status).toBe(503);
    letGo();
    expect((await slow).reply.status).toBe(200);
    await stopped;
  });

  it("is not on the public listener, and does not exist where it is not asked for", async () => {
    const gateway = await startTestGateway({ settings });
    onTestFinished(() => gateway.end());
    for (const path of ["/metrics", "/ready"]) expect((await fetch(gateway.url + path)).status).toBe(404);
    expect((await fetch(`${monitorOf(gateway)}/hooks/changed`)).status).toBe(404);
    expect((await fetch(`${monitorOf(gateway)}/metrics`, { method: "POST" })).status).toBe(405);
    const plain = await startTestGateway();
    onTestFinished(() => plain.end());
    expect(plain.monitorUrl).toBeUndefined();
  });
});

describe("two gateways in one process", () => {
  it("count apart", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.count("brakes", { brake: "deletes" }, 3);
    expect(await one.text()).toContain('isthmus_brakes_total{brake="deletes"} 3');
    expect(await other.text()).not.toContain('brake="deletes"');
  });
});
