/** Ids that say what they stand for, and those that do not. */
import { describe, expect, it } from "vitest";
import { createIds, folderOf, messageNamed } from "../../src/sync/ids.ts";

const ids = createIds(Buffer.alloc(32, 1), "anna");

describe("the id of a message", () => {
  const folder = ids.folder("Email", ":2");

  it("says its folder and its name there, and is short enough for a phone", () => {
    for (const href of ["mail:INBOX/4294967295.4294967295", "mail:Entw%C3%BCrfe%2Fa;x/4294967295.4294967295"]) {
      const id = ids.item(folder, href, "");
      expect(id).toBe(`${folder}:4294967295.4294967295`);
      expect(id.length).toBeLessThanOrEqual(64);
      expect(folderOf(id)).toBe(folder);
      expect(messageNamed(id)).toBe("4294967295.4294967295");
    }
  });

  it("is said by no other id", () => {
    const others = [
      ids.item(folder, "mail:INBOX/aGVsbG8.eml", ""),
      ids.item(folder, "mail:INBOX/sub/1.2", ""),
      ids.item(ids.folder("Contacts", "/anna/1.2/"), "/anna/1.2/1.2", ""),
    ];
    for (const id of others) expect(id).toMatch(/^[a-z][\da-f]{16}:[\da-f]{32}$/);
    for (const id of [...others, "", ":", ":1.2", `${folder}:1.2:3`, `${folder}:1.2.3`, `${folder}:12345678901.2`])
      expect(messageNamed(id)).toBeUndefined();
  });
});
