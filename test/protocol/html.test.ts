import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainOf } from "../../src/protocol/body.ts";
import { flatten } from "../../src/protocol/html.ts";
import { withoutScripts } from "../../src/protocol/html-harmless.ts";

const plain = (html: string) => plainOf({ type: 2, data: html });

/** Pages that take a parser with a stack, or a pattern that looks ahead, seconds to minutes. */
const hostile: readonly (readonly [name: string, html: string])[] = [
  ["elements within elements", `deep${"<div>".repeat(200_000)}`],
  ["closing tags of what is not open", `deep${"<a>".repeat(150_000)}${"</b>".repeat(150_000)}`],
  ["tables within tables", `deep${"<table><tr><td>".repeat(60_000)}`],
  ["elements closed in comments", `deep${"<div><!--</div>-->".repeat(60_000)}`],
  ["elements closed in attributes", `deep${'<div x="></div>" y>'.repeat(60_000)}`],
  ["elements closed in scripts", `deep${"<div><style></div></style>".repeat(40_000)}`],
  ["tags that never end", `deep${"<a ".repeat(300_000)}`],
  ["comments that never end", `deep${"<!--".repeat(250_000)}`],
  ["quotes that never end", `deep${"<a '>'".repeat(150_000)}"`],
  ["scripts that never end", `deep${"<script>".repeat(120_000)}`],
  ["ends of scripts that never end", `deep<script>${"</script ".repeat(120_000)}`],
  ["one element again and again in a deep one", `deep${"<i>".repeat(90)}${"<u></u>".repeat(150_000)}`],
];

describe("a page of a stranger", () => {
  it.each(hostile)("is read in time, and its text kept: %s", { timeout: 4_000 }, (_, html) => {
    expect(plain(html)).toMatch(/^deep/);
  });

  it.each([
    ["<p>one<p CLASS=x>two<br/>three<ul><li>a<li>b</ul>", "<p>one<p>two<br>three<ul><li>a<li>b</ul>"],
    [
      `<A title="1 > 0" HREF='http://a.example/?x="1"&amp;y'>a</A>`,
      `<a href="http://a.example/?x=&#34;1&#34;&amp;y">a</a>`,
    ],
    ["<html><head><style>p > b</style></head><body>a</body>", "<html><head></head><body>a</body>"],
    ["a < b && c <- d </ e <!-- <p> --> f <?x?><!doctype html>g", "a &lt; b && c &lt;- d &lt;/ e  f g"],
    ["x</b></p>y<b", "xy&lt;b"],
    ['<ol start="7"><li>x</ol>', '<ol start="7"><li>x</ol>'],
  ])("says in plain tags what it said: %s", (html, expected) => expect(flatten(html)).toBe(expected));

  it("keeps what it says, and is not changed again", () => {
    const piece = fc.constantFrom(
      "<div>",
      "</div>",
      "<p>",
      "</b>",
      '<b x="1">',
      "x",
      "<br>",
      "<!-- y -->",
      "<",
      ">",
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const kept = flatten(pieces.join(""));
        expect(flatten(kept)).toBe(kept);
      }),
    );
  });
});

describe("a page that is quoted", () => {
  it.each([
    ["<p>One</p><script>evil()</script><p>Two</p>", "<p>One</p><p>Two</p>"],
    ["<SCRIPT src=//x></SCRIPT >Text", "Text"],
    ["One<script>evil()", "One"],
    ['<iframe src="//x">Text</iframe>Two', "Two"],
    ['<img src="cid:a" onerror="evil()" alt="A">', '<img src="cid:a" alt="A">'],
    ["<img/onerror=evil()/src=x>", "<img>"],
    ["<a href='x'onclick='evil()'>A</a>", "<a href='x'>A</a>"],
    ['<a =" onclick=evil() ">A</a>', "<a>A</a>"],
    ['<a href="java&#115;cript&colon;evil()">A</a>', "<a>A</a>"],
    ["<a href=' java\tscript:evil()'>A</a>", "<a>A</a>"],
    ['<a href="data:text/html,<script>">A</a>', "<a>A</a>"],
    ['<img src="data:image/png;base64,AA==">', '<img src="data:image/png;base64,AA==">'],
    ['<a title="javascript: the good parts" href="https://x/?a=javascript:">A</a>', undefined],
    ['<base href="//x"><meta http-equiv="refresh" content="0"><link rel="stylesheet" href="//x">Text', "Text"],
    ["<style>p > a { color: red }</style><p style='color:red'>A</p>", undefined],
    ["<svg><script>evil()</script><path d='M0 0'/></svg>", "<svg><path d='M0 0' /></svg>"],
    ["One <!-- <script> --> Two", "One  Two"],
    ["1 < 2 <b", "1 &lt; 2 &lt;b"],
    ["<form action='javascript:evil()'><input name=a></form>", "<form><input name=a></form>"],
  ])("%j is %j", (page, expected = page) => expect(withoutScripts(page)).toBe(expected));

  it("is read in time that grows with its length", () => {
    const began = performance.now();
    for (const piece of [
      "<script",
      "<a href=",
      '<a "',
      "<!--",
      "<style>",
      "<b onclick='",
      "</script>",
      "<img src=x onerror=y>",
    ])
      withoutScripts(piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
