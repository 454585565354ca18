/** What of a message's structure is its text, and what are its files. */
import type { MailPart } from "./message.ts";

/** A piece of the message's text, in the forms that the sender gave. */
export interface Segment {
  readonly plain: MailPart | undefined;
  readonly html: MailPart | undefined;
  /** What it says is said by the plain form of a segment before it. */
  readonly isTold?: true;
}

export interface File {
  readonly part: MailPart;
  /** It belongs to a page of HTML (multipart/related). */
  readonly related: boolean;
}

export interface Layout {
  readonly segments: readonly Segment[];
  readonly files: readonly File[];
  /** The form of the stored text: 1 plain, 2 HTML (MS-ASAIRS_R237, R238). */
  readonly native: 1 | 2;
}

/** Levels of multiparts that are looked into; nobody but an attacker has more. */
const depth = 100;
/** Parts that are looked at. */
const parts = 2_000;
/** Pieces of text that are shown one behind the other; further ones are files. */
const pieces = 20;

const layouts = new WeakMap<MailPart, Layout>();

/** The layout of a message. */
export function layoutOf(structure: MailPart): Layout {
  const known = layouts.get(structure);
  if (known !== undefined) return known;
  const walk = new Walk();
  walk.visit(structure, false, 0);
  const native = walk.segments.some(({ html }) => html !== undefined) ? 2 : 1;
  const layout: Layout = { segments: walk.segments, files: walk.files, native };
  layouts.set(structure, layout);
  return layout;
}

/** The part of that path; undefined when there is none. */
export function partAt(structure: MailPart, path: string): MailPart | undefined {
  let found: MailPart | undefined;
  eachPart(structure, (part) => {
    if (found === undefined && part.path === path && path !== "") found = part;
  });
  return found;
}

/** Calls `visit` with every part, outer ones first, as far as a message is looked into. */
function eachPart(structure: MailPart, visit: (part: MailPart) => void): void {
  const waiting: { readonly part: MailPart; readonly level: number }[] = [{ part: structure, level: 0 }];
  for (let seen = 0; seen < parts; seen += 1) {
    const next = waiting.pop();
    if (next === undefined) return;
    visit(next.part);
    if (next.level >= depth) continue;
    for (const child of next.part.children.toReversed()) waiting.push({ part: child, level: next.level + 1 });
  }
}

class Walk {
  readonly segments: Segment[] = [];
  readonly files: File[] = [];
  private seen = 0;

  visit(part: MailPart, related: boolean, level: number): void {
    this.seen += 1;
    if (this.seen > parts) return;
    if (!isMultipart(part)) this.leaf(part, related);
    else if (level < depth) this.multipart(part, related, level + 1);
  }

  private leaf(part: MailPart, related: boolean): void {
    const form = formOf(part);
    if (form === undefined || isFile(part, this.segments.length > 0) || this.segments.length >= pieces) {
      this.files.push({ part, related });
    } else {
      this.segments.push({ plain: form === 1 ? part : undefined, html: form === 2 ? part : undefined });
    }
  }

  private multipart(part: MailPart, related: boolean, level: number): void {
    if (part.type === "multipart/alternative") {
      this.alternative(part, related, level);
    } else if (part.type === "multipart/related") {
      const [first, ...others] = rootFirst(part);
      if (first !== undefined) this.visit(first, related, level);
      for (const other of others) this.visit(other, true, level);
    } else {
      for (const child of part.children) {
        // The resource fork of a Macintosh file says nothing to a phone (RFC 1740).
        if (child.type === "application/applefile" && part.type === "multipart/appledouble") continue;
        this.visit(child, related, level);
      }
    }
  }

  /** The forms of one text: each is looked into alone, and what is not its text are files. */
  private alternative(part: MailPart, related: boolean, level: number): void {
    const forms = part.children.map((child) => {
      const inner = new Walk();
      inner.seen = this.seen;
      inner.visit(child, related, level);
      this.seen = inner.seen;
      return inner;
    });
    const plain = forms.find(({ segments }) => segments.length > 0 && segments.every(({ html }) => !html));
    const html = forms.findLast(({ segments }) => segments.some((segment) => segment.html));
    this.segments.push(...merged(plain?.segments ?? [], html?.segments ?? []).slice(0, pieces));
    this.files.push(...forms.flatMap(({ files }) => files));
  }
}

/** One text in two forms is a piece of both; the plain form says what further pieces of the page say, too. */
function merged(plain: readonly Segment[], html: readonly Segment[]): readonly Segment[] {
  const at = html.findIndex((segment) => segment.html);
  const first = plain[0]?.plain;
  if (at < 0 || first === undefined) return html.length > 0 ? html : plain;
  return html.map((segment, index) =>
    index === at ? { ...segment, plain: first } : { ...segment, isTold: true as const },
  );
}

function isMultipart(part: MailPart): boolean {
  return part.type.startsWith("multipart/");
}

/** 1 plain, 2 HTML; undefined for what is no text to be shown. */
function formOf({ type }: MailPart): 1 | 2 | undefined {
  if (type === "text/html") return 2;
  return ["text/plain", "text/enriched", "text/richtext", "text/markdown", "text", ""].includes(type) ? 1 : undefined;
}

/** A text that the sender calls a file; the first one may have a name all the same. */
function isFile(part: MailPart, isLater: boolean): boolean {
  if (part.disposition === "attachment") return true;
  return isLater && (part.dispositionParameters["filename"] ?? part.parameters["name"] ?? "") !== "";
}

/** The page comes first, whichever child `start` says it is (RFC 2387 §3.2). */
function rootFirst({ children, parameters }: MailPart): readonly MailPart[] {
  const start = (parameters["start"] ?? "").replace(/^<|>$/g, "");
  const root = start === "" ? undefined : children.find(({ id }) => id === start);
  return root === undefined ? children : [root, ...children.filter((child) => child !== root)];
}
