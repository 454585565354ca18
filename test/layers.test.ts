/** Which folder may import which: a folder imports only from rows above it. The offender is named. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Layer {
  readonly name: string;
  /** Files and folders, from the root. */
  readonly holds: readonly string[];
  /** Names of layers. */
  readonly mayImport: readonly string[];
  /** Files outside of `mayImport` of which types may be imported: the leaves' interfaces. */
  readonly typesOf?: readonly string[];
}

const base = ["base"];
const leaves = ["backend", "mail", "submission"].map((name) => `src/backends/${name}.ts`).concat("src/state/state.ts");
const pure = [...base, "schema", "wire", "protocol", "mapping", "mappings"];

const layers: readonly Layer[] = [
  {
    name: "base",
    holds: ["calls", "device-file", "device-logs", "errors", "log", "metrics"].map((name) => `src/${name}.ts`),
    mayImport: [],
  },
  { name: "schema", holds: ["src/schema"], mayImport: base },
  { name: "wire", holds: ["src/wire"], mayImport: [...base, "schema"] },
  { name: "protocol", holds: ["src/protocol"], mayImport: [...base, "schema", "wire"] },
  { name: "mapping", holds: ["src/mapping"], mayImport: [...base, "schema", "wire", "protocol"] },
  { name: "mappings", holds: ["mappings"], mayImport: ["schema", "mapping"] },
  { name: "backends", holds: ["src/backends"], mayImport: base },
  { name: "state", holds: ["src/state"], mayImport: base },
  { name: "sync", holds: ["src/sync"], mayImport: pure, typesOf: leaves },
  { name: "conversation", holds: ["src/conversation"], mayImport: pure, typesOf: leaves },
  { name: "devices", holds: ["src/devices"], mayImport: [...pure, "sync"], typesOf: leaves },
  { name: "commands", holds: ["src/commands"], mayImport: [...pure, "sync", "devices"], typesOf: leaves },
  {
    name: "config",
    holds: readdirSync(join(root, "src")).flatMap((file) => (/^config(-\w+)?\.ts$/.test(file) ? [`src/${file}`] : [])),
    mayImport: [...base, "schema"],
  },
  {
    name: "server",
    holds: ["src/server"],
    mayImport: [...pure, "conversation", "sync", "devices", "commands", "config"],
    typesOf: leaves,
  },
  {
    name: "portal",
    holds: ["src/portal"],
    mayImport: [...pure, "conversation", "sync", "devices", "commands", "config"],
    typesOf: leaves,
  },
  {
    name: "cli",
    holds: ["src/cli"],
    mayImport: [...pure, "conversation", "sync", "devices", "commands", "config", "main"],
    typesOf: leaves,
  },
  {
    name: "main",
    holds: ["src/main.ts", "src/store.ts", "src/store-owner.ts"],
    mayImport: [
      ...pure,
      "conversation",
      "backends",
      "state",
      "sync",
      "devices",
      "commands",
      "config",
      "server",
      "portal",
    ],
  },
  // Protocol: what answers are held against, and how a request line is written. Cases write octets literally.
  { name: "conformance", holds: ["conformance"], mayImport: ["schema", "wire", "protocol"] },
];

/** What the table forbids and has a reason. */
const exceptions: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  {
    from: "src/cli/portal-password.ts",
    to: "src/portal/password-hash.ts",
    why: "what the portal checks is made by the same hand",
  },
  { from: "src/cli/portal-password.ts", to: "src/portal/totp.ts", why: "and so is the second factor" },
  { from: "src/cli/conformance.ts", to: "conformance/cli-run.ts", why: "isthmus conformance runs the suite" },
  {
    from: "src/cli/doctor/candidates.ts",
    to: "conformance/device/discovery.ts",
    why: "the doctor's phone is the one that the suite has",
  },
  { from: "src/cli/doctor/sync-steps.ts", to: "conformance/device/device.ts", why: "the same phone" },
  { from: "src/cli/doctor/tls.ts", to: "src/server/tls-files.ts", why: "files are read as the server does it" },
  {
    from: "src/cli/doctor/diagnose.ts",
    to: "src/server/login-name.ts",
    why: "a login is mapped as the server does it",
  },
  { from: "src/server/eas.ts", to: "src/state/memory.ts", why: "a validation device leaves nothing behind" },
];

/** Packages that only these layers may import: each stands behind our own interface. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "classic-level": ["state"],
  "html-to-text": ["mapping", "protocol"],
  "ical.js": ["mapping"],
  "prom-client": ["base"],
  "timezones-ical-library": ["mapping"],
  "windows-iana": ["protocol", "mapping"],
  citty: ["cli"],
  h3: ["server", "portal", "main"],
  imapflow: ["backends"],
  ioredis: ["state"],
  libmime: ["mapping", "backends"],
  nodemailer: ["backends"],
  otpauth: ["portal"],
  pino: ["base"],
  preact: ["portal"],
  "preact-render-to-string": ["portal"],
  saxes: ["backends", "server", "conformance"],
  srvx: ["server", "main"],
  tsdav: ["backends"],
  undici: [],
  vcard4: ["mapping"],
  yaml: ["config"],
  zod: ["config", "server"],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

const everything = ["src", "mappings", "conformance", "test"]
  .flatMap((top) => readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((path) => `${top}/${path}`))
  .filter((path) => !path.includes("fixtures"));
const sources = everything.filter((path) => /\.tsx?$/.test(path) && !path.startsWith("test/")).toSorted();
const imports = sources.flatMap(importsOf);

describe("layers", () => {
  test("every source file is in a layer", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  test("no file imports from a layer below its own", () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.filter(({ file, target }) => !isException(file, target)).flatMap(offence)).toEqual([]);
  });

  test("every exception is still needed", () => {
    const unused = exceptions.filter(
      ({ from, to }) => !imports.some(({ file, target }) => file === from && target === to),
    );
    expect(unused).toEqual([]);
  });

  test("each package is imported only where it belongs", () => {
    const strays = imports.flatMap(({ file, target }) => {
      const allowed = packages[packageOf(target)];
      const layer = layerOf(file);
      if (allowed === undefined || (layer !== undefined && allowed.includes(layer.name))) return [];
      return [`${file} imports ${target}, which only ${allowed.join(", ") || "nobody"} may`];
    });
    expect(strays).toEqual([]);
  });

  test("nobody imports undici, not even a test", () => {
    const files = everything.filter((path) => path.endsWith(".ts") && path !== "test/layers.test.ts");
    const offenders = files.filter((file) => importsOf(file).some(({ target }) => packageOf(target) === "undici"));
    expect(offenders).toEqual([]);
  });

  test("nothing is exported as default", () => {
    expect(sources.filter((file) => /^export default\b|^export \{[^}]*\bas default\b/m.test(read(file)))).toEqual([]);
  });

  test("nothing is called by what it is not", () => {
    expect(everything.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.ts)?(\/|$)/i.test(path))).toEqual([]);
  });
});

describe("the walk itself", () => {
  test("finds every way to import, and what is only a type", () => {
    const text = [
      'import { a } from "./a.ts";',
      "import type {\n  B,\n  C,\n} from './b.ts';".replaceAll("'", '"'),
      'export { d } from "../d.ts";',
      'import "./e.ts";',
      'const f = await import("../f.ts");',
      "const text = 'from \"./not.ts\"';",
    ].join("\n");
    expect(parseImports("src/sync/x.ts", text)).toEqual([
      { file: "src/sync/x.ts", target: "src/sync/a.ts", isType: false },
      { file: "src/sync/x.ts", target: "src/sync/b.ts", isType: true },
      { file: "src/sync/x.ts", target: "src/d.ts", isType: false },
      { file: "src/sync/x.ts", target: "src/sync/e.ts", isType: false },
      { file: "src/sync/x.ts", target: "src/f.ts", isType: false },
    ]);
  });

  test("names the file, the import and the rule", () => {
    expect(offence({ file: "src/wire/x.ts", target: "src/sync/hub.ts", isType: false })).toEqual([
      "src/wire/x.ts imports src/sync/hub.ts: wire may import base, schema",
    ]);
    const leaf = { file: "src/sync/x.ts", target: "src/state/state.ts" };
    expect(offence({ ...leaf, isType: true })).toEqual([]);
    expect(offence({ ...leaf, isType: false })).toHaveLength(1);
  });
});

function offence({ file, target, isType }: Import): string[] {
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === undefined || to === undefined || from === to || from.mayImport.includes(to.name)) return [];
  if (from.typesOf?.includes(target) === true && isType) return [];
  const types = from.typesOf === undefined ? "" : `, and types of ${from.typesOf.join(", ")}`;
  return [`${file} imports ${target}: ${from.name} may import ${from.mayImport.join(", ") || "nothing"}${types}`];
}

function isException(file: string, target: string): boolean {
  return exceptions.some(({ from, to }) => from === file && to === target);
}

function layerOf(path: string): Layer | undefined {
  return layers.find(({ holds }) => holds.some((held) => path === held || path.startsWith(`${held}/`)));
}

function importsOf(file: string): Import[] {
  return parseImports(file, read(file));
}

function parseImports(file: string, text: string): Import[] {
  const statement = /^(?:import|export)\b(\s+type\b)?(?:[^;"'`]*?\bfrom)?\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;
  return [...text.matchAll(statement)].map(([, type, named, dynamic]) => {
    const target = named ?? dynamic ?? "";
    const isOwn = target.startsWith(".");
    const path = isOwn ? relative(root, resolve(root, dirname(file), target)) : target;
    return { file, target: path, isType: type !== undefined };
  });
}

/** `@scope/name` or `name`, without a path inside the package. */
function packageOf(target: string): string {
  return target.split("/", target.startsWith("@") ? 2 : 1).join("/");
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
