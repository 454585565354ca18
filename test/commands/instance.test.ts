import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

let gateway: TestGateway;
let phone: Device;
let series: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  phone = createDevice({ url: gateway.url, user: "anna", password: "secret", version: "16.1", queryForm: "base64" });
  await phone.folderSync();
  const added = await phone.add(phone.folder(8), [
    element("Calendar:StartTime", "20261124T100000Z"),
    element("Calendar:EndTime", "20261124T110000Z"),
    element("Calendar:Subject", "Series"),
    element("Calendar:Recurrence", [
      element("Calendar:Type", 0),
      element("Calendar:Interval", 1),
      element("Calendar:Occurrences", 9),
    ]),
  ]);
  series = added.serverId;
});
afterAll(async () => {
  phone.close();
  await gateway.end();
});

it("takes an InstanceId in either form", async () => {
  for (const instanceId of ["20261125T100000Z", "2026-11-26T10:00:00.000Z"]) {
    expect((await phone.remove(phone.folder(8), series, { instanceId })).status).toBe(1);
  }
  phone.startOver(phone.folder(8));
  await phone.sync(phone.folder(8));
  const data = phone.items(phone.folder(8)).get(series)?.data ?? [];
  const exceptions = data.find(({ name }) => name === "Calendar:Exceptions")?.content;
  expect(exceptions).toHaveLength(2);
});

it("refuses an InstanceId that is no time, and does not repeat it", async () => {
  const edited = await phone.change(phone.folder(8), series, [element("Calendar:Subject", "One")], {
    instanceId: "2031",
  });
  expect(edited.status).toBe(6);
  expect(edited.result?.instanceId).toBeUndefined();
});
