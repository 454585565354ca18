import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { openEmbeddedState } from "../../src/state/embedded.ts";
import { childText, element } from "../../src/wire/element.ts";
import { mountSmallDisk, whyNoSmallDisk } from "../servers/small-disk.ts";
import { endLater, hrefOf, memoryWorld, surprises } from "./world.ts";

if (whyNoSmallDisk !== undefined) console.warn(`not tested, phones on a full disk: ${whyNoSmallDisk}`);

function names(phone: Device, folder: Folder): string[] {
  return Array.from(
    phone.items(folder).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "",
  ).toSorted();
}

describe.skipIf(whyNoSmallDisk !== undefined)("the disk of the embedded store gets full", () => {
  it("in the middle of an Add: the phone comes again, it is done once, and a restart forgets nothing", async () => {
    const disk = mountSmallDisk();
    endLater(async () => disk.unmount());
    let armed = false;
    const open = () => openEmbeddedState({ folder: `${disk.folder}/state` });
    const state = await open();
    const here = await memoryWorld({
      parts: { state },
      async before({ method }) {
        if (method !== "create" || !armed) return;
        armed = false;
        disk.fill();
        // What is left of the log's last page.
        for (let n = 0; n < 50; n += 1) {
          const put = new Map([[`ballast/${n}`, "x".repeat(20_000)]]);
          if ((await state.commit({ user: "x" }, { put }).catch(() => "full")) === "full") return;
        }
      },
    });
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.add(folder, [element("Contacts:FirstName", "a")]);

    armed = true;
    await expect(phone.add(folder, [element("Contacts:FirstName", "b")])).rejects.toThrow();
    const refused = await phone.repeat();
    expect(refused.status).toBe(503);
    expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
    disk.makeRoom();
    expect((await phone.repeat()).status).toBe(200);
    await phone.sync(folder);
    expect(names(phone, folder)).toEqual(["a", "b"]);
    const book = await hrefOf(here.account, "VCARD");
    expect((await here.account.changes(book, undefined)).entries).toHaveLength(2);
    expect(surprises(here.lines)).toEqual([]);
    expect(here.lines.map(({ fields }) => String(fields.reason)).join("\n")).toMatch(/No space left on device/);

    const key = phone.key(folder);
    await here.gateway.end();
    await state.close();
    const again = await open();
    endLater(() => again.close());
    const heads: string[] = [];
    for await (const { key: name, value } of again.records()) if (name.startsWith("head/")) heads.push(value);
    expect(heads.join()).toContain(key);
  });
});
