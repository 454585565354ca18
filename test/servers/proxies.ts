/** The proxies that the examples of docker/ are for, as those have them, in front of a gateway on this machine. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { type Program, startProgram } from "./process.ts";

/** A certificate for localhost that nobody trusts, and its key: for tests only. */
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const example = (name: string) => readFileSync(fileURLToPath(new URL(`../../docker/${name}`, import.meta.url)), "utf8");

export interface ProxyOptions {
  /** The gateway's port on 127.0.0.1. */
  readonly gateway: number;
  /** What the time-outs of the example become, which are an hour. */
  readonly patience?: number;
}

export interface Proxy extends Program {
  /** Without a trailing slash. */
  readonly url: string;
}

interface Kind {
  readonly command: string;
  /** Replaces what is of a real machine in the example, or throws when the example has it no more. */
  readonly adapt: (text: string, place: Place) => string;
  /** Writes the files; returns the arguments. */
  readonly write: (text: string, place: Place) => Promise<readonly string[]>;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly gateway: number;
}

const kinds: Readonly<Record<"nginx" | "caddy" | "apache", Kind>> = {
  nginx: {
    command: "/usr/sbin/nginx",
    adapt: (text, { port }) =>
      replaced(text, [
        ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
        [/\/etc\/letsencrypt\/\S+fullchain\.pem/, fixture("cert.pem")],
        [/\/etc\/letsencrypt\/\S+privkey\.pem/, fixture("key.pem")],
      ]),
    async write(text, { folder }) {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      const user = process.getuid?.() === 0 ? "user root;" : "";
      const whole = `daemon off; ${user} pid ${folder}/pid; error_log ${folder}/error.log; events {}
http { access_log off; ${temporary.join(" ")}
${text}}`;
      await writeFile(join(folder, "nginx.conf"), whole);
      return ["-c", join(folder, "nginx.conf"), "-p", folder];
    },
  },
  caddy: {
    command: "caddy",
    adapt: (text, { port }) =>
      replaced(text, [
        [
          "sync.example.org, autodiscover.example.org {",
          `{\n\tadmin off\n\tauto_https disable_redirects\n}\nhttps://127.0.0.1:${port} {\n\ttls ${fixture("cert.pem")} ${fixture("key.pem")}`,
        ],
      ]),
    async write(text, { folder }) {
      await writeFile(join(folder, "Caddyfile"), text);
      return ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
    },
  },
  apache: {
    command: "/usr/sbin/apache2",
    adapt: (text, { port }) =>
      replaced(text, [
        ["*:443", `127.0.0.1:${port}`],
        [/\/etc\/letsencrypt\/\S+fullchain\.pem/, fixture("cert.pem")],
        [/\/etc\/letsencrypt\/\S+privkey\.pem/, fixture("key.pem")],
      ]),
    async write(text, { folder, port }) {
      const modules = ["mpm_event", "authz_core", "ssl", "headers", "proxy", "proxy_http", "reqtimeout"].map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      );
      const user = process.getuid?.() === 0 ? ["User www-data", "Group www-data"] : [];
      const whole = [
        `ServerRoot ${folder}`,
        `PidFile ${folder}/pid`,
        `ErrorLog ${folder}/error.log`,
        "ServerName localhost",
        `Listen 127.0.0.1:${port}`,
        ...modules,
        ...user,
        text,
      ];
      await mkdir(join(folder, "run"), { recursive: true });
      await writeFile(join(folder, "httpd.conf"), whole.join("\n"));
      return ["-f", join(folder, "httpd.conf"), "-DFOREGROUND"];
    },
  },
};

export type ProxyName = keyof typeof kinds;

export const proxyNames: readonly ProxyName[] = ["nginx", "caddy", "apache"];

const files: Readonly<Record<ProxyName, string>> = { nginx: "nginx.conf", caddy: "Caddyfile", apache: "apache.conf" };

export async function startProxy(name: ProxyName, { gateway, patience }: ProxyOptions): Promise<Proxy> {
  const { command, adapt, write } = kinds[name];
  const program = await startProgram({
    name,
    command,
    prepare(folder, port) {
      const place = { folder, port, gateway };
      const text = replaced(adapt(example(files[name]), place), [[/127\.0\.0\.1:8080/, `127.0.0.1:${gateway}`]]);
      return write(patience === undefined ? text : text.replaceAll("3600", String(patience)), place);
    },
    ready: (_folder, port) => speaksTls(port),
    env: { HOME: "/nonexistent", XDG_DATA_HOME: "/nonexistent" },
  });
  return { ...program, url: `https://127.0.0.1:${program.port}` };
}

function replaced(text: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`the example has no ${String(from)} any more`);
    return after;
  }, text);
}

function speaksTls(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
