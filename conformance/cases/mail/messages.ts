/** Messages that cases send to their own account, written by hand so that they share no mistake with the server. */
import type { Trial } from "../../runner/case.ts";

/** A header's name and value, in order. */
export type Header = readonly [name: string, value: string];

/** Content of a message or of one of its parts: its own headers, and what follows them. */
export interface Part {
  readonly headers: readonly Header[];
  readonly content: Buffer;
}

export interface MessageOptions {
  /** Beside the marker, which every subject holds. */
  readonly subject?: string;
  /** Further headers, and others than the usual To, Cc and From. */
  readonly headers?: readonly Header[];
  /** Default: a line of text. */
  readonly part?: Part;
}

/** The subject that `message` gives. */
export function subjectOf(t: Trial, subject = ""): string {
  return subject === "" ? t.marker : `${t.marker} ${subject}`;
}

/** From the account to itself. A header that is given stands instead of the usual one of that name. */
export function message(t: Trial, { subject, headers = [], part = text("Hello.") }: MessageOptions = {}): Buffer {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual: readonly Header[] = [
    ["From", t.address],
    ["To", t.address],
    ["Subject", subjectOf(t, subject)],
    ["Message-ID", messageId(t, subject)],
    ["Date", new Date().toUTCString().replace("GMT", "+0000")],
    ["MIME-Version", "1.0"],
  ];
  const all = [...usual.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
  return written({ ...part, headers: [...all, ...part.headers] });
}

/** The Message-ID that `message` gives to what has this subject. */
export function messageId(t: Trial, subject = ""): string {
  return `<${t.marker}.${Buffer.from(subject).toString("hex") || "0"}@conformance.example>`;
}

/** Lines may end as the caller writes them: they are sent with CRLF, in octets as they are. */
export function text(content: string, type = "text/plain; charset=utf-8"): Part {
  return encoded(Buffer.from(content.replace(/\r?\n/g, "\r\n")), type, "8bit");
}

export function html(content: string): Part {
  return text(content, "text/html; charset=utf-8");
}

/** Octets under a transfer encoding: `8bit` and `7bit` leave them as they are. */
export function encoded(
  octets: Buffer,
  type: string,
  encoding: "7bit" | "8bit" | "base64",
  more: readonly Header[] = [],
): Part {
  const headers: readonly Header[] = [["Content-Type", type], ["Content-Transfer-Encoding", encoding], ...more];
  if (encoding !== "base64") return { headers, content: octets };
  const lines = octets.toString("base64").match(/.{1,76}/g) ?? [];
  return { headers, content: Buffer.from(lines.join("\r\n")) };
}

/** A file in base64. */
export function file(
  name: string,
  octets: Buffer,
  type = "application/octet-stream",
  more: readonly Header[] = [],
): Part {
  const disposition: Header = ["Content-Disposition", `attachment; filename="${name}"`];
  return encoded(octets, `${type}; name="${name}"`, "base64", [disposition, ...more]);
}

export function alternative(...parts: readonly Part[]): Part {
  return multipart("alternative", parts);
}

export function mixed(...parts: readonly Part[]): Part {
  return multipart("mixed", parts);
}

export function related(...parts: readonly Part[]): Part {
  return multipart('related; type="text/html"', parts);
}

/** `subtype` with its parameters. */
export function multipart(subtype: string, parts: readonly Part[]): Part {
  boundaries += 1;
  const boundary = `=_conformance_${boundaries}`;
  const content = Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), written(part), Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { headers: [["Content-Type", `multipart/${subtype}; boundary="${boundary}"`]], content };
}

let boundaries = 0;

function written({ headers, content }: Part): Buffer {
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${head}\r\n`), content]);
}
