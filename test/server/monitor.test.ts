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

function phoneOf(url: string, password = "geheim") {
  const phone = createDevice({ url, user: "anna", password, version: "14.1", queryForm: "plain", strict: false });
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
