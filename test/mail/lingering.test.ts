/** What a phone that does nothing but wait costs the mail server, over one Ping after the other. */
import { expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { mailOf, twinWorld } from "./twin-world.ts";

async function begin() {
  let passed = 0;
  const world = await twinWorld({
    settings: { push: { pollEvery: 1, heartbeat: { min: 1 } } },
    parts: { now: () => Date.now() + passed },
  });
  await world.other.createMailbox("Plans", undefined);
  const phone = await world.phone();
  const folders = (of: Device) => [2, 4, 5, "Plans"].map((which) => of.folder(which));
  for (const folder of folders(phone)) await phone.sync(folder);
  const pass = (milliseconds: number) => {
    passed += milliseconds;
  };
  /** Pings that nothing ends, half a minute apart. */
  const idle = async (times: number, of = phone) => {
    for (let time = 0; time < times; time += 1) {
      expect((await of.ping(folders(of), 1)).status).toBe(1);
      pass(30_000);
    }
  };
  return { ...world, setUp: world.phone, phone, idle, folders, pass };
}

it("one Ping after the other costs neither a login nor a question", async () => {
  const { idle, calls, phone, folders, pass } = await begin();
  // An answer is shared by all who ask within a second: three times, so that one was given at a time of its own.
  await idle(3);
  expect(calls()).toContain("watch");
  await idle(2);
  expect(calls()).toEqual([]);
  pass(300_000);
  // The list of folders is looked at without the mail server.
  expect((await phone.ping(folders(phone), 1)).status).toBe(1);
  expect(calls()).toEqual([]);
});

it("what comes between two Pings ends the next one at once", async () => {
  const { idle, other, phone, folders } = await begin();
  await idle(2);
  await other.append("Plans", mailOf("meanwhile"), []);
  const { status, folders: told } = await phone.ping(folders(phone), 30);
  expect([status, told]).toEqual([2, [phone.folder("Plans").id]]);
});

it("a mailbox that is made, renamed or deleted is told of: in a Ping at once, and between two by the next", async () => {
  const { idle, other, phone, folders } = await begin();
  await idle(1);
  await other.renameMailbox("Plans", "Dreams", undefined);
  expect((await phone.ping(folders(phone), 30)).status).toBe(7);
  await phone.folderSync();
  const waiting = phone.ping([phone.folder(2)], 30);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await other.createMailbox("New", undefined);
  expect((await waiting).status).toBe(7);
});

it("the phones of a user share one who listens", async () => {
  const { idle, calls, setUp } = await begin();
  const another = await setUp("16.1");
  for (const which of [2, 4, 5, "Plans"]) await another.sync(another.folder(which));
  calls();
  await Promise.all([idle(2), idle(2, another)]);
  expect(calls().filter((call) => call === "watch")).toHaveLength(1);
});

it("what comes while the mail server begins to be listened to is not missed", async () => {
  let ready: (() => void) | undefined;
  const world = await twinWorld({
    seenAs: (account) => ({
      ...account,
      async watch(...asked) {
        await new Promise<void>((resolve) => {
          ready = resolve;
        });
        return account.watch(...asked);
      },
    }),
  });
  const phone = await world.phone();
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  const waiting = phone.ping([inbox], 30);
  await expect.poll(() => ready !== undefined).toBe(true);
  await world.other.append("INBOX", mailOf("early"), []);
  await new Promise((resolve) => setTimeout(resolve, 100));
  ready?.();
  expect(await waiting).toMatchObject({ status: 2, folders: [inbox.id] });
});
