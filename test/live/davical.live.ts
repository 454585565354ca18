/** What only DAViCal does: its sync-collection leaves out changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Davical, startDavical } from "../servers/davical.ts";
import { askServer, listMembers, readMember, writeMember } from "../servers/members.ts";
import { event, titles } from "./items.ts";
import { createPhone, type Setting, settingOn } from "./rows.ts";

describe("end to end on DAViCal alone", () => {
  let server: Davical;
  let setting: Setting;
  beforeAll(async () => {
    server = await startDavical();
    setting = await settingOn(server);
  });
  afterAll(async () => setting?.end());

  it("a phone that was away for weeks loses what was deleted meanwhile", async () => {
    const href = (name: string): string => `${server.calendar}${name}.ics`;
    for (const name of ["kept", "deleted"]) await writeMember(server, href(name), event(name, name));
    const away = createPhone(setting, "14.1");
    await away.folderSync();
    const folder = away.folder(8);
    await away.sync(folder);
    const [, token = ""] = /<sync-token>(.*)<\/sync-token>/.exec(await report(server, "")) ?? [];
    const there = createPhone(setting, "14.1");
    await there.folderSync();
    await there.sync(there.folder(8));

    // Weeks pass, in which another phone comes by after each change. Of the tokens that are older than a week the newest
    // is kept when the next is given out; the others are dropped, and the changes before it with them.
    for (const [days, change] of [
      [20, () => readMember(server, href("deleted"), "DELETE")],
      [10, () => writeMember(server, href("second"), event("second", "second"))],
      [1, () => writeMember(server, href("third"), event("third", "third"))],
    ] as const) {
      await change();
      await there.sync(there.folder(8));
      await server.query(
        `UPDATE sync_tokens SET modification_time = modification_time - interval '${days} days';
         UPDATE sync_changes SET sync_time = sync_time - interval '${days} days'`,
      );
    }
    await writeMember(server, href("fourth"), event("fourth", "fourth"));
    await there.sync(there.folder(8));
    // The trap is set: the server lists what there is, and says nothing of what is not.
    const told = await report(server, token);
    expect(told).toContain("kept.ics");
    expect(told).not.toContain("deleted.ics");

    await away.sync(folder);
    expect(titles(away, folder, "Calendar:Subject")).toEqual(["fourth", "kept", "second", "third"]);
    expect(titles(there, there.folder(8), "Calendar:Subject")).toEqual(["fourth", "kept", "second", "third"]);
    away.close();
    there.close();
  });

  it("a phone that asks while others write at once misses nothing", async () => {
    const phone = createPhone(setting, "14.1");
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder);
    const before = new Set(await listMembers(server, server.calendar));
    // The time of a change is the start of its transaction: who ends later than he who asks is never told of.
    let writing = true;
    const asking = (async () => {
      while (writing) await phone.sync(folder);
    })();
    await Promise.all(
      [1, 2, 3, 4].map(async (writer) => {
        for (let i = 0; i < 15; i += 1) {
          const uid = `writer-${writer}-${i}`;
          await writeMember(
            server,
            `${server.calendar}${uid}.ics`,
            event(uid, i % 2 === 0 ? uid : uid.padEnd(20_000, "x")),
          );
        }
      }),
    );
    writing = false;
    await asking;
    await phone.sync(folder);
    const stored = (await listMembers(server, server.calendar)).filter((href) => !before.has(href));
    expect(stored).toHaveLength(60);
    expect(phone.items(folder).size).toBe(before.size + 60);
    phone.close();
  });
});

function report(server: Davical, token: string): Promise<string> {
  const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
  return askServer(server, "REPORT", server.calendar, { "Content-Type": "text/xml" }, body);
}
