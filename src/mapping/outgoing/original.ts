/** What of a message goes into an answer to it, or along when it is forwarded. */

import { withoutScripts } from "../../protocol/html-harmless.ts";
import { decodeText } from "../mail/charset.ts";
import { plainFromPage } from "../mail/text.ts";
import { contentOf, type Entity } from "./entity.ts";

/** Text that is shown in one piece, in the forms its sender gave it. */
export interface Passage {
  readonly plain?: Entity;
  readonly html?: Entity;
}

export interface Original {
  readonly passages: readonly Passage[];
  /** What the HTML shows by its Content-ID. */
  readonly shown: readonly Entity[];
  readonly files: readonly Entity[];
}

export function layOut(entity: Entity): Original {
  const { type } = entity;
  const children = entity.children.map((child) => child.entity);
  const [first, ...others] = children;
  if (first === undefined) return leaf(entity);
  if (type === "multipart/signed") return layOut(first);
  if (type === "multipart/alternative") return alternatives(children);
  if (type === "multipart/related") {
    const root = layOut(first);
    return { ...root, shown: [...root.shown, ...others] };
  }
  const parts = children.map(layOut);
  return {
    passages: parts.flatMap(({ passages }) => passages),
    shown: parts.flatMap(({ shown }) => shown),
    files: parts.flatMap(({ files }) => files),
  };
}

function leaf(entity: Entity): Original {
  const nothing = { passages: [], shown: [], files: [] };
  if (!entity.isAttachment && entity.type === "text/plain") return { ...nothing, passages: [{ plain: entity }] };
  if (!entity.isAttachment && entity.type === "text/html") return { ...nothing, passages: [{ html: entity }] };
  return { ...nothing, files: [entity] };
}

/** The plainest and the richest say the same; what else there is, such as an invitation, goes along as a file. */
function alternatives(children: readonly Entity[]): Original {
  const parts = children.map(layOut);
  const plain = parts.flatMap(({ passages }) => passages).find((passage) => passage.plain)?.plain;
  const rich = parts.findLast(({ passages }) => passages.some(({ html }) => html));
  const html = rich?.passages.find((passage) => passage.html)?.html;
  const passage = { ...(plain && { plain }), ...(html && { html }) };
  return {
    passages: plain || html ? [passage] : [],
    shown: rich?.shown ?? [],
    files: parts.flatMap(({ files }) => files),
  };
}

/** Encrypted, or signed in a way that nobody can read without its means. */
export function isSealed({ type, parameters }: Entity): boolean {
  const isOpaque = /^application\/(?:x-)?pkcs7-mime$/.test(type) && parameters.get("smime-type") !== "certs-only";
  return type === "multipart/encrypted" || isOpaque;
}

export function textOf(entity: Entity): string {
  return decodeText(contentOf(entity), entity.parameters.get("charset"), true);
}

/** All passages as plain text. */
export function plainOf({ passages }: Original): string {
  return passages
    .map(({ plain, html }) => (plain ? textOf(plain) : html ? plainFromPage(textOf(html), true) : "").trimEnd())
    .join("\n\n");
}

/** All passages as what can stand within a page. */
export function htmlOf({ passages }: Original): string {
  return passages
    .map(({ plain, html }) => (html ? inner(textOf(html)) : plain ? escaped(textOf(plain)) : ""))
    .join("<br>\n");
}

/** Text as it stands within a page. */
export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>\n");
}

/** What a page shows, and its styles, without what only a page has. */
function inner(page: string): string {
  const lower = page.toLowerCase();
  const body = lower.indexOf("<body");
  const bodyEnd = body < 0 ? -1 : lower.indexOf(">", body);
  const last = lower.lastIndexOf("</body");
  const shown = page.slice(bodyEnd + 1, last > bodyEnd ? last : page.length);
  const head = bodyEnd < 0 ? "" : page.slice(0, body);
  // Who answers must not send on what an attacker put there, under a name that is trusted.
  return stylesOf(head) + withoutScripts(withoutFrame(shown));
}

function stylesOf(head: string): string {
  const lower = head.toLowerCase();
  const found: string[] = [];
  for (let at = lower.indexOf("<style"); at >= 0; ) {
    const end = lower.indexOf("</style>", at);
    if (end < 0) break;
    found.push(head.slice(at, end + 8));
    at = lower.indexOf("<style", end);
  }
  return found.join("\n");
}

/** Tags that would end or begin the page it is put into. */
function withoutFrame(html: string): string {
  return html.replace(/<(?:!doctype|\/?html|\/?body|\/?head)\b[^<>]{0,10000}>/gi, "");
}
