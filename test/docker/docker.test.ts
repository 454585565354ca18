/** The files of docker/ cannot be run here; what can be known without an engine is held true. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkConfig } from "../../src/config.ts";
import { heartbeatSeconds, pingFolders, requestOctets } from "../../src/schema/limits.ts";

const folder = fileURLToPath(new URL("../../docker", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the example configuration", () => {
  test("holds no mistake, and shows the defaults as they are", () => {
    const shown = checkConfig(parse(read("isthmus.example.yaml")), { folder });
    const bare = checkConfig(
      { zone: "Europe/Berlin", backends: [{ dav: { url: "https://cloud.example.org" } }] },
      { folder },
    );
    expect(shown).toEqual(bare);
    expect(shown.push.maxFolders).toBe(pingFolders);
  });

  test("holds no mistake in what is commented out", () => {
    // A setting is one word and a colon, or an entry of a list; a sentence is not.
    const text = read("isthmus.example.yaml").replace(/^ +url: .*$/m, ""); // The two others stand instead of it.
    const whole = text.replace(/^(\s*)# (\s*(?:[a-zA-Z]+:( \S+)?|- \{.*\}))$/gm, "$1$2");
    const config = checkConfig(parse(whole), { folder });
    expect(config.listen.tls?.keyFile).toMatch(/privkey\.pem$/);
    expect(config.secretFile).toBe("/run/secrets/isthmus");
    expect(config.state.redis?.site).toMatchObject({ kind: "single", host: "redis.example.org" });
    expect(config.backends[0]?.dav.carddavUrl).toBe("https://contacts.example.org");
    expect(config.push.hook?.complete).toBe(false);
    expect(config.folders.choice).toHaveLength(2);
    expect(config.metrics).toEqual({ host: "127.0.0.1", port: 9464 });
    expect(config.journal?.days).toBe(14);
  });
});

describe("compose files", () => {
  test.each(["compose.yml", "compose.demo.yml", "compose.redis.yml"])(
    "%s builds from files that exist and mounts what it declares",
    (name) => {
      const compose = parse(read(name)) as Compose;
      const { isthmus } = compose.services;
      expect(existsSync(join(folder, isthmus?.build?.context ?? "?", isthmus?.build?.dockerfile ?? "?"))).toBe(true);
      for (const service of Object.values(compose.services)) {
        for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs ?? {})).toContain(source);
        for (const volume of service.volumes ?? []) {
          const [from = ""] = volume.split(":");
          if (!from.startsWith(".")) expect(Object.keys(compose.volumes ?? {})).toContain(from);
        }
      }
    },
  );

  test("the nodes that share a Redis find it and their secret, and Redis keeps what it is given", () => {
    const { services, secrets = {} } = parse(read("compose.redis.yml")) as Compose;
    const { isthmus, redis } = services;
    const config = checkConfig(
      { backends: [{ dav: { url: "http://dav" } }] },
      { environment: isthmus?.environment ?? {} },
    );
    const site = config.state.redis?.site;
    expect(site?.kind === "single" && Object.keys(services)).toContain(site?.kind === "single" && site.host);
    expect(Object.keys(secrets)).toContain(config.secretFile?.replace("/run/secrets/", ""));
    expect(redis?.command?.join(" ")).toMatch(/--appendonly yes.*--maxmemory-policy noeviction/);
  });

  test("the demo's own configuration holds no mistake, and both sides have the hook's secret", () => {
    const { configs = {} } = parse(read("compose.demo.yml")) as Compose;
    const config = checkConfig(parse(configs["isthmus-config"]?.content ?? ""));
    expect(configs["hook-header"]?.content.trim()).toBe(`Authorization: Bearer ${config.push.hook?.secret.reveal()}`);
  });
});

describe("the image", () => {
  test("copies files that exist, runs as nobody special, and has a health check", () => {
    const dockerfile = read("Dockerfile");
    const entry = /^ENTRYPOINT \["node", "dist\/(.*)\.js"\]$/m.exec(dockerfile)?.[1] ?? "?";
    expect(existsSync(join(root, `${entry}.ts`))).toBe(true);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/build\/dist\/(\S+) /gm)].map(([, path = "?"]) => path);
    expect(copied.length).toBeGreaterThan(0);
    for (const path of copied) expect(existsSync(join(root, path))).toBe(true);
  });
});

test.each([
  ["nginx.conf", /proxy_read_timeout (\d+)s/],
  ["nginx.conf", /proxy_send_timeout (\d+)s/],
  ["Caddyfile", /read_timeout (\d+)s/],
  ["Caddyfile", /response_header_timeout (\d+)s/],
  ["apache.conf", /^ +ProxyTimeout (\d+)$/m],
  ["apache.conf", /ProxyPassMatch .* timeout=(\d+) /],
])("%s lets a phone wait as long as the gateway does: %s", (name, pattern) => {
  expect(Number(pattern.exec(read(name))?.[1])).toBeGreaterThan(heartbeatSeconds.most);
});

test.each([
  ["nginx.conf", /client_max_body_size (\d+)m;/, 1024 * 1024],
  ["Caddyfile", /max_size (\d+)$/m, 1],
  ["apache.conf", /LimitRequestBody (\d+)$/m, 1],
])("%s takes what the gateway takes: %s", (name, pattern, unit) => {
  expect(Number(pattern.exec(read(name))?.[1]) * unit).toBe(requestOctets);
});

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs?: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
}

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}
