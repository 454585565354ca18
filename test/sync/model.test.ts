import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device, ResponseDropped } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { childText, element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

/**
 * Random stories of two phones and another client on one address book, with lost answers, repetitions, phones that
 * start over and gateways that do: in the end all three hold the same cards, and each card once.
 */
const backend = createMemoryBackend({ users: { anna: "secret" } });
const state = createMemoryState();
let gateway: TestGateway;
let account: Account;
let book: string;

beforeAll(async () => {
  gateway = await startTestGateway({ parts: { state, backends: new Map([["test", backend]]) } });
  account = await backend.login({ user: "anna", password: new Secret("secret") });
  const found = (await account.collections()).find(({ components }) => components.includes("VCARD"));
  book = found?.href ?? "";
});
afterAll(async () => {
  await gateway.end();
});

describe.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("story %i", (seed) => {
  it.each(["2.5", "14.1", "16.1"] as const)("leaves phones and server alike in %s", async (version) => {
    const random = generator(seed * 7919 + version.length);
    const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];
    const phones: Device[] = [];
    for (let count = 0; count < 2; count += 1) {
      const phone = createDevice({ url: gateway.url, user: "anna", password: "secret", version, queryForm: "plain" });
      await phone.folderSync();
      await phone.sync(phone.folder(9));
      phones.push(phone);
    }
    const expected = new Set(await serverNames());
    let made = 0;
    const fresh = () => `s${seed}v${version.replace(".", "")}n${(made += 1)}`;

    for (let step = 0; step < 60; step += 1) {
      const phone = pick(phones);
      if (!phone) continue;
      const folder = phone.folder(9);
      const ids = [...phone.items(folder).keys()];
      const kind = pick([
        "add",
        "add",
        "change",
        "remove",
        "sync",
        "server-add",
        "server-change",
        "server-remove",
        "restart",
      ]);
      const asks = kind === "add" || kind === "sync" || (ids.length > 0 && (kind === "change" || kind === "remove"));
      if (asks && random() < 0.3) phone.dropNext();
      let resend: (() => Promise<unknown>) | undefined;
      const act = async (): Promise<void> => {
        switch (kind) {
          case "add": {
            const name = fresh();
            const clientId = phone.newClientId();
            expected.add(name);
            // The same command in another request: the answer it never got is recognised by the command alone.
            resend = () => phone.add(folder, contact(name), { once: true, clientId, window: 7 });
            await phone.add(folder, contact(name), { once: true, clientId });
            return;
          }
          case "change": {
            const id = pick(ids);
            const name = id && nameOf(phone, id);
            // Another telephone number, not another name: what the cards are counted by stays.
            if (id && name)
              await phone.change(folder, id, [...contact(name), element("Contacts:MobilePhoneNumber", `+${step}`)], {
                once: true,
              });
            return;
          }
          case "remove": {
            const id = pick(ids);
            const name = id && nameOf(phone, id);
            if (!id || !name) return;
            expected.delete(name);
            await phone.remove(folder, id, { once: true });
            return;
          }
          case "sync":
            resend = () => phone.sync(folder, { once: true, window: 5 });
            await phone.sync(folder, { once: true, window: 1 + Math.floor(random() * 3) });
            return;
          case "server-add": {
            const name = fresh();
            expected.add(name);
            await account.create(book, `${name}.vcf`, card(name, ""));
            return;
          }
          case "server-change": {
            const item = pick(await serverItems());
            if (item)
              await account.update(item.href, item.rev, card(item.name, `TEL;TYPE=HOME:+${step}\r\n`, item.uid));
            return;
          }
          case "server-remove": {
            const item = pick(await serverItems());
            if (!item) return;
            expected.delete(item.name);
            await account.remove(item.href, undefined);
            return;
          }
          default:
            phone.startOver(folder);
            await phone.sync(folder, { once: true });
        }
      };
      try {
        await act();
      } catch (error) {
        if (!(error instanceof ResponseDropped)) throw error;
        // The phone never saw the answer: it sends the same again, as the standard wants, or says it anew.
        if (resend && random() < 0.4) await resend();
        else await phone.repeat();
        if (random() < 0.3) await phone.repeat();
      }
    }

    for (const phone of phones) {
      const folder = phone.folder(9);
      await phone.sync(folder);
      await phone.sync(folder);
      const names = [...phone.items(folder).keys()].map((id) => nameOf(phone, id) ?? "");
      expect(names.sort()).toEqual((await serverNames()).sort());
      phone.close();
    }
    expect((await serverNames()).sort()).toEqual([...expected].sort());
  });
});

function contact(name: string) {
  return [element("Contacts:FileAs", name), element("Contacts:FirstName", name)];
}

function nameOf(phone: Device, id: string): string | undefined {
  const data = phone.items(phone.folder(9)).get(id)?.data ?? [];
  return childText(element("AirSync:ApplicationData", data), "Contacts:FirstName");
}

async function serverItems(): Promise<readonly { href: string; rev: string; name: string; uid: string }[]> {
  const { entries } = await account.changes(book, undefined);
  const found = [];
  for await (const { href, rev, text } of account.read(
    book,
    entries.map((entry) => entry.href),
  )) {
    const name = /^N:;([^;\r\n]*)/m.exec(text)?.[1] ?? /^FN:(.*)\r$/m.exec(text)?.[1] ?? "";
    found.push({ href, rev, name, uid: /^UID:(.*)\r$/m.exec(text)?.[1] ?? "" });
  }
  return found;
}

async function serverNames(): Promise<string[]> {
  return (await serverItems()).map(({ name }) => name);
}

function card(name: string, more: string, uid = `uid-${name}`): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:${name}\r\nN:;${name};;;\r\n${more}END:VCARD\r\n`;
}

/** A small seeded generator: a story that fails can be told again. */
function generator(seed: number): () => number {
  let state32 = seed >>> 0;
  return () => {
    state32 = (Math.imul(state32, 1_664_525) + 1_013_904_223) >>> 0;
    return state32 / 2 ** 32;
  };
}
