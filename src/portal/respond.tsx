/** @jsxImportSource preact */
/** From a page to an answer, with the headers that keep a browser from doing what no page of ours asks for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { renderToString } from "preact-render-to-string";
import type { Asset } from "./assets/assets.ts";
import { Layout } from "./pages/layout.tsx";
import type { Answer, Page, Visit } from "./visit.ts";

const compress = promisify(gzip);

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** `Referrer-Policy: same-origin`, because with less a browser would not say which site a form comes from. */
const always: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "X-Robots-Tag": "noindex, nofollow",
};

export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  answer: Answer,
  cookies: readonly string[] = [],
): Promise<void> {
  if ("stream" in answer) {
    await answer.stream(writeStreamHead(response));
  } else if ("to" in answer) {
    const all = [...cookies, ...(answer.cookies ?? [])];
    await write(request, response, 303, { Location: answer.to, ...cookieHeader(all) }, Buffer.alloc(0));
  } else if ("file" in answer) {
    const headers = {
      "Content-Type": answer.type,
      "Content-Disposition": `attachment; filename="${answer.file.replaceAll(/[^\w.-]/g, "_")}"`,
    };
    await write(request, response, 200, headers, answer.body);
  } else {
    const headers = { "Content-Type": "text/html; charset=utf-8", ...answer.headers, ...cookieHeader(cookies) };
    await write(request, response, answer.status ?? 200, headers, Buffer.from(htmlOf(answer, visit)));
  }
}

export async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  isCurrent: boolean,
): Promise<void> {
  const caching = isCurrent ? { "Cache-Control": "public, max-age=31536000, immutable" } : {};
  const headers = { "Content-Type": asset.type, Vary: "Accept-Encoding", ...caching };
  await write(request, response, 200, headers, asset.body);
}

export function htmlOf(page: Page, visit: Visit): string {
  return `<!DOCTYPE html>\n${renderToString(<Layout page={page} visit={visit} />)}`;
}

/** Server-sent events: proxies hold back what they are not told to let through. */
function writeStreamHead(response: ServerResponse): ServerResponse {
  response.writeHead(200, {
    ...always,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  return response;
}

function cookieHeader(cookies: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return cookies.length === 0 ? {} : { "Set-Cookie": cookies };
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  whole: Buffer,
): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  const packs = whole.length > 1_024 && /\bgzip\b/i.test(String(request.headers["accept-encoding"] ?? ""));
  const body = packs ? await compress(whole) : whole;
  const all = {
    ...always,
    "Cache-Control": "no-store",
    Vary: "Accept-Encoding, Cookie",
    ...headers,
    ...(packs ? { "Content-Encoding": "gzip" } : {}),
    "Content-Length": String(body.length),
  };
  response.writeHead(status, Object.fromEntries(Object.entries(all).map(([name, value]) => [name, valueOf(value)])));
  response.end(request.method === "HEAD" ? undefined : body);
}

function valueOf(value: string | readonly string[]): string | string[] {
  return typeof value === "string" ? value : [...value];
}
