import { element } from "../../src/wire/element.ts";
import { card } from "./data.ts";
import { davRequest, listRaw, readRaw } from "./floor.ts";
import { createPhone, type Phone } from "./phone.ts";
import { median, type Result, timed } from "./result.ts";
import type { World } from "./world.ts";

/** A Sync without a change, and one after one change, against the requests they need. */
export async function benchIncremental(world: World): Promise<readonly Result[]> {
  const { target, counter, count } = world;
  const phone = await syncedPhone(world, "incremental");
  const idle: number[] = [];
  const idleFloor: number[] = [];
  let { token } = await listRaw(target);
  await phone.phone.sync(phone.folder);
  counter.reset();
  for (let round = 0; round < 10; round += 1) idle.push(await timed(() => phone.phone.sync(phone.folder)));
  const idleRequests = counter.requests / 10;
  for (let round = 0; round < 10; round += 1) idleFloor.push(await timed(() => listRaw(target, token)));

  const changed: number[] = [];
  const changedFloor: number[] = [];
  let requests = 0;
  for (let round = 0; round < 8; round += 1) {
    const name = `c${round * 7}.vcf`;
    await davRequest(target, "PUT", {
      path: name,
      body: card(round * 7).replace("TITLE:Engineer", `TITLE:Engineer ${round} ${Date.now()}`),
      headers: { "Content-Type": "text/vcard" },
    });
    const floor = async () => {
      const listed = await listRaw(target, token);
      token = listed.token;
      await readRaw(
        target,
        listed.hrefs.filter((href) => href.endsWith(".vcf")),
        "contacts",
      );
    };
    const ours = async () => {
      counter.reset();
      const answer = await phone.phone.sync(phone.folder);
      requests = Math.max(requests, counter.requests);
      if (answer.items !== 1) throw new Error(`${answer.items} items after one change`);
    };
    // In turns, so that whoever asks first after the change does not always pay for it.
    for (const [times, work] of round % 2 === 0
      ? ([
          [changedFloor, floor],
          [changed, ours],
        ] as const)
      : ([
          [changed, ours],
          [changedFloor, floor],
        ] as const)) {
      times.push(await timed(work));
    }
  }
  const at = `at ${count}`;
  return [
    { name: `Sync without a change ${at}`, measured: median(idle), unit: "ms", floor: median(idleFloor), target: 1.3 },
    { name: `Sync without a change ${at}, requests`, measured: idleRequests, unit: "", target: 1 },
    {
      name: `Sync after one change ${at}`,
      measured: median(changed),
      unit: "ms",
      floor: median(changedFloor),
      target: 1.4,
    },
    { name: `Sync after one change ${at}, requests`, measured: requests, unit: "", target: 2 },
  ];
}

/** 200 contacts added in batches of 20, against as many PUTs into a collection of the same size. */
export async function benchAdds(world: World): Promise<readonly Result[]> {
  const { counter } = world;
  const { phone, folder } = await syncedPhone(world, "adds");
  const floor = await timed(async () => {
    for (let number = 0; number < 200; number += 1) {
      await davRequest(world.other, "PUT", {
        path: `raw${number}.vcf`,
        body: card(100_000 + number),
        headers: { "Content-Type": "text/vcard", "If-None-Match": "*" },
      });
    }
  });
  counter.reset();
  const ours = await timed(async () => {
    for (let batch = 0; batch < 10; batch += 1) {
      const commands = Array.from({ length: 20 }, (_, index) => addCommand(batch * 20 + index));
      const { statuses } = await phone.sync(folder, { commands, getChanges: false });
      if (statuses.filter((status) => status === "1").length !== 20) throw new Error(`statuses ${statuses.join(" ")}`);
    }
  });
  return [
    { name: "200 Adds in batches of 20", measured: ours, unit: "ms", floor, target: 1.5 },
    { name: "200 Adds, requests for each", measured: counter.requests / 200, unit: "", target: 1 },
  ];
}

export async function syncedPhone(world: World, device: string): Promise<{ phone: Phone; folder: string }> {
  const phone = createPhone(world.gateway.url, world.target.user, world.target.password, `bench${device}`);
  const folder = await phone.folderId("9");
  await phone.sync(folder, { fromStart: true });
  while ((await phone.sync(folder)).more);
  return { phone, folder };
}

function addCommand(number: number) {
  return element("AirSync:Add", [
    element("AirSync:ClientId", `n${number}`),
    element("AirSync:ApplicationData", [
      element("Contacts:Email1Address", `new${number}@example.org`),
      element("Contacts:FirstName", `New${number}`),
      element("Contacts:LastName", "Müller-Lüdenscheidt"),
      element("Contacts:CompanyName", "Example Works AG"),
      element("Contacts:MobilePhoneNumber", `+49 170 ${4_000_000 + number}`),
      element("Contacts:BusinessPhoneNumber", `+49 30 ${5_000_000 + number}`),
    ]),
  ]);
}
