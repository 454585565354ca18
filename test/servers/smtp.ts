/** A submission server for tests, the demo and the bench: it keeps what it takes, and can be in trouble. */
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { freePort, startProgram } from "./process.ts";

export interface SmtpSinkOptions {
  /** Password by user; default one user `anna`. */
  readonly users?: Readonly<Record<string, string>>;
  /** False: whoever comes may send. */
  readonly login?: boolean;
  /** Octets of the largest message. */
  readonly size?: number;
  /** False: it does not tell of this extension. */
  readonly pipelining?: boolean;
  readonly eightBit?: boolean;
  readonly utf8?: boolean;
  /** An IMAP server without TLS: what is for a user whose name is an address is in the inbox there once it is taken. */
  readonly deliver?: { readonly host: string; readonly port: number };
}

/** How it is in trouble; each lasts until `trouble` is called again. Replies are such as `451 4.3.0 try later`. */
export interface SmtpTrouble {
  readonly refuse?: Readonly<Record<string, string>>;
  readonly mail?: string;
  readonly login?: string;
  readonly begin?: "drop";
  readonly data?: string;
  readonly afterData?: "drop" | "silent";
  /** False: what came before `afterData` is not kept. */
  readonly keep?: boolean;
}

export interface Received {
  readonly from: string;
  readonly recipients: readonly string[];
  /** Parameters of MAIL FROM. */
  readonly options: readonly string[];
  /** Who had logged in; null: nobody. */
  readonly user: string | null;
  readonly tls: boolean;
  readonly message: Buffer;
}

export interface SmtpSink {
  readonly host: string;
  /** Plain, with STARTTLS. */
  readonly port: number;
  /** Where it speaks TLS from the first octet on, with the certificate of `test/fixtures/tls`. */
  readonly tlsPort: number;
  readonly folder: string;
  /** What it took, in order. */
  received(): Promise<readonly Received[]>;
  trouble(trouble: SmtpTrouble): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const tlsPort = await freePort();
  const program = await startProgram({
    name: "smtp",
    // Debian's own: its modules are not seen by another Python that may come first.
    command: process.env.ISTHMUS_PYTHON ?? "/usr/bin/python3",
    async prepare(folder, port) {
      const [certificate, key] = ["cert.pem", "key.pem"].map((file) => resolve("test/fixtures/tls", file));
      const all = { users: { anna: "geheim" }, ...options, certificate, key };
      await writeFile(join(folder, "options.json"), JSON.stringify(all), { mode: 0o600 });
      return [resolve("test/servers/smtp-sink.py"), folder, String(port), String(tlsPort)];
    },
    ready: async (_, port) => (await greets(port)) && (await accepts(tlsPort)),
  });
  const { folder, port } = program;
  return {
    host: "localhost",
    port,
    tlsPort,
    folder,
    received: () => readReceived(join(folder, "received")),
    async trouble(trouble) {
      const file = join(folder, "switches.json");
      await writeFile(`${file}.new`, JSON.stringify(trouble));
      await rename(`${file}.new`, file);
    },
    kill: () => program.kill(),
    start: () => program.start(),
    stop: () => program.stop(),
  };
}

async function readReceived(folder: string): Promise<readonly Received[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => ({
      ...(JSON.parse(await readFile(join(folder, name), "utf8")) as Omit<Received, "message">),
      message: await readFile(join(folder, name.replace(".json", ".eml"))),
    })),
  );
}

function greets(port: number): Promise<boolean> {
  return firstOf(port, "data");
}

function accepts(port: number): Promise<boolean> {
  return firstOf(port, "connect");
}

function firstOf(port: number, event: "data" | "connect"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1").setTimeout(2_000, () => socket.destroy());
    socket.once(event, () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(false));
  });
}
