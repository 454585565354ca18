/** Which mailboxes phones see: by subscription and whose they are, and by the rules for users and devices. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { checkConfig } from "../../src/config.ts";
import { type TwinWorldOptions, twinWorld } from "./twin-world.ts";

/** Archive, Projects (unsubscribed) with Alpha in it, Public (another's, nothing in itself) with News in it. */
const seenAs = (account: MailAccount): MailAccount => ({
  ...account,
  mailboxes: async (signal) =>
    (await account.mailboxes(signal)).map((one) => ({
      ...one,
      subscribed: !["Projects", "Junk", "Trash"].includes(one.path),
      shared: one.path.startsWith("Public"),
      selectable: one.path !== "Public",
    })),
});

async function seen(options: TwinWorldOptions): Promise<readonly string[]> {
  const world = await twinWorld({ seenAs, ...options });
  for (const [name, parent] of [["Projects"], ["Alpha", "Projects"], ["Public"], ["News", "Public"]] as const)
    await world.other.createMailbox(name, parent);
  return told(await world.phone());
}

/** The mail folders of a phone but for those that each has, with what they lie in. */
function told(phone: Device): readonly string[] {
  const name = (id: string) => phone.folders.find((folder) => folder.id === id)?.name;
  return phone.folders
    .filter(({ type }) => type === 12)
    .map((folder) => [name(folder.parent), folder.name].filter(Boolean).join(" > "))
    .toSorted();
}

const all = ["Archive", "Junk", "Projects", "Projects > Alpha", "Public", "Public > News"];

describe("backends[].imap", () => {
  it("shows all of them unless told otherwise", async () => {
    expect(await seen({})).toEqual(all);
    const { backends } = checkConfig({
      backends: [{ dav: { url: "http://one/" }, imap: { url: "imaps://one", unsubscribed: false } }],
    });
    expect(backends[0]?.imap).toMatchObject({ unsubscribed: false, shared: true });
  });

  it("leaves out what is not subscribed, but for what programs look for; what lies in it moves up", async () => {
    const shown = { unsubscribed: false, shared: true };
    expect(await seen({ shown })).toEqual(["Alpha", "Archive", "Junk", "Public", "Public > News"]);
  });

  it("leaves out other people's and public ones", async () => {
    expect(await seen({ shown: { unsubscribed: true, shared: false } })).toEqual(all.slice(0, 4));
  });
});

describe("folders.choice", () => {
  const choose = (...choice: readonly object[]) => seen({ settings: { folders: { choice } } });

  it("hides mailboxes by name and by path", async () => {
    // A star is for nothing too: the mailbox goes with all that lies in it.
    expect(await choose({ hide: ["Archive", "Projects/*"] })).toEqual(["Junk", "Public", "Public > News"]);
    expect(await choose({ hide: ["projects"] })).toEqual(["Alpha", ...all.filter((one) => !one.startsWith("Proj"))]);
  });

  it("shows these only, and always those that every phone needs", async () => {
    expect(await choose({ users: ["anna"], only: ["Public/News/"] })).toEqual(["News"]);
    expect(await choose({ users: ["bob"], only: ["News"] })).toEqual(all);
    const world = await twinWorld({ settings: { folders: { choice: [{ hide: ["*"] }] } } });
    const phone = await world.phone();
    expect([2, 3, 4, 5, 6].map((type) => phone.folder(type).type)).toEqual([2, 3, 4, 5, 6]);
    // It would be taken away again.
    const made = await phone.changeFolder("FolderCreate", { parent: "0", name: "Plans", type: 12 });
    expect(made.status).toBe(3);
  });

  it("holds for the devices that it names", async () => {
    const choice = [{ types: ["Other*"], hide: ["Archive"] }];
    const world = await twinWorld({ settings: { folders: { choice } } });
    expect(told(await world.phone())).toContain("Archive");
    expect(told(await world.phone("14.1", { deviceType: "OtherPhone" }))).not.toContain("Archive");
  });
});
