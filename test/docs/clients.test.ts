import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clients } from "../../mappings/clients.ts";
import { standardProfile } from "../../src/mapping/clients.ts";
import { provingTests } from "./clients.ts";

it("every quirk names the test that proves it, and the test is there", () => {
  const tests = provingTests();
  expect(tests.size).toBeGreaterThan(500);
  const named = [...clients.rows, ...clients.everybody].map(({ client, test }) => ({ client, test }));
  expect(named.filter(({ test }) => !tests.has(test))).toEqual([]);
});

it("every effect is used by a row, and every row differs from the standard", () => {
  const used = new Set(clients.rows.flatMap(({ effect }) => Object.keys(effect)));
  expect([...used].toSorted()).toEqual(Object.keys(standardProfile).toSorted());
  const asStandard = Object.entries(standardProfile);
  for (const { client, effect } of clients.rows) {
    const same = asStandard.filter(([name, value]) => {
      const own = Object.entries(effect).find(([key]) => key === name)?.[1];
      return own !== undefined && JSON.stringify(own) === JSON.stringify(value);
    });
    expect(same, client).toEqual([]);
  }
});

/** Names that stand for something else than a client that syncs with us. */
const otherUses: readonly { readonly file: string; readonly word: string; readonly why: string }[] = [
  { file: "src/mapping/rules/phones.ts", word: '"iphone"', why: "a kind of number that vCards name" },
  { file: "src/mapping/rules/meeting.ts", word: "outlookBusy", why: "a property of files" },
  { file: "src/mapping/mail/layout.ts", word: "application/applefile", why: "a kind of file" },
  { file: "src/mapping/mail/layout.ts", word: "multipart/appledouble", why: "a kind of file" },
  { file: "src/mapping/rules/write-span.ts", word: "outlook", why: "a property of files" },
  { file: "src/portal/assets/style.ts", word: "-apple-system", why: "a font that browsers know by this name" },
  { file: "src/protocol/html-harmless.ts", word: "applet", why: "an element of pages" },
];

it("no code asks for the name of a client: only the table does", () => {
  const names =
    /iphone|ipad|\bios\b|apple|android|samsung|outlook|touchdown|msft|nokia|blackberry|windows ?phone|htc\b|moxier|gmail|tbsync/i;
  const found = sources.flatMap(({ file, source }) => {
    const words = otherUses.filter((other) => other.file === file).map(({ word }) => word);
    return code(source)
      .split("\n")
      .filter((text) => names.test(words.reduce((rest, word) => rest.replaceAll(word, ""), text)))
      .map((text) => `${file}: ${text.trim()}`);
  });
  expect(found).toEqual([]);
  expect(
    otherUses.filter(({ file, word }) => !sources.find((one) => one.file === file)?.source.includes(word)),
  ).toEqual([]);
});

it("what a client says of itself is stored, logged, shown and handed to the table, and read by nobody else", () => {
  const readers = sources.filter(({ source }) => /\.(?:deviceType|userAgent)\b/.test(code(source)));
  expect(readers.map(({ file }) => file).toSorted()).toEqual([
    "src/cli/devices/describe.ts",
    "src/devices/registry.ts",
    "src/mapping/outgoing/waiting-device.ts",
    "src/portal/pages/admin.tsx",
    "src/portal/pages/device-facts.tsx",
    "src/protocol/request-line.ts",
    "src/server/eas.ts",
  ]);
});

const sources = ["src", "mappings"].flatMap((top) =>
  readdirSync(top, { recursive: true, encoding: "utf8" })
    .map((name) => join(top, name))
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith(join("mappings", "clients")))
    .map((file) => ({ file, source: readFileSync(file, "utf8") })),
);

/** Without its comments, which may say who needs a line, and without names of properties in files. */
function code(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "")
    .replace(/"X-[A-Z-]+"/g, "");
}
