/**
 * The portal's one style sheet. Colours are variables, given for light and for dark; each pair that stands on each other
 * has a contrast of at least 4.5 (WCAG 1.4.3). A string, because a build copies no other files.
 */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f4f2ec; --paper: #fffefb; --sunk: #efece4; --line: #d9d4c7; --line-strong: #8a8574;
  --ink: #1c2322; --soft: #545c59; --accent: #0a5f5a; --accent-ink: #ffffff; --accent-wash: #dcefec;
  --good: #17603a; --good-wash: #dff1e4; --warn: #7a4a00; --warn-wash: #fbeccb; --bad: #9b1c25; --bad-wash: #fbe3e1;
  --calm: #41505c; --calm-wash: #e6eaed; --focus: #0b57d0; --shadow: 0 1px 2px #1c23220f, 0 6px 20px -10px #1c232226;
  --radius: 14px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101615; --paper: #18201f; --sunk: #121918; --line: #2c3735; --line-strong: #71807c;
    --ink: #e7ecea; --soft: #a5b1ad; --accent: #6fd0c5; --accent-ink: #06221f; --accent-wash: #15332f;
    --good: #86d9a4; --good-wash: #15301f; --warn: #f0c26b; --warn-wash: #35290f; --bad: #ff9f99; --bad-wash: #3a1a1a;
    --calm: #b4c2cd; --calm-wash: #232d33; --focus: #8ab4ff; --shadow: 0 1px 2px #0006;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.55rem, 1.2rem + 1.6vw, 2.1rem); font-weight: 680; letter-spacing: -0.015em; }
h2 { font-size: 1.15rem; font-weight: 650; }
h3 { font-size: 1rem; font-weight: 650; }
p { margin: 0; max-width: 68ch; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 6px; }
code, pre, .code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.9em; overflow-wrap: anywhere; }
[data-live]:empty { display: none; }
ins, del { text-decoration: none; border-radius: 3px; padding: 0 0.15em; }
ins { background: var(--good-wash); color: var(--good); }
del { background: var(--bad-wash); color: var(--bad); }
.links { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.2rem; }
.links a { display: inline-flex; align-items: center; min-height: 2.4rem; }
.skip { position: absolute; left: 1rem; top: -5rem; background: var(--accent); color: var(--accent-ink); padding: 0.6rem 1rem; border-radius: 8px; z-index: 9; }
.skip:focus { top: 0.6rem; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { background: var(--paper); border-bottom: 1px solid var(--line); }
.top > div { max-width: 68rem; margin: 0 auto; padding: 0.55rem 1.25rem; display: flex; flex-wrap: wrap; align-items: center; gap: 0.35rem 1.5rem; }
.brand { display: inline-flex; align-items: center; gap: 0.55rem; font-weight: 700; font-size: 1.06rem; letter-spacing: -0.01em; color: var(--ink); text-decoration: none; min-height: 2.75rem; }
.brand svg { width: 1.9rem; height: 1.9rem; flex: none; }
.brand small { font-weight: 600; font-size: 0.72rem; color: var(--calm); background: var(--calm-wash); padding: 0.1rem 0.5rem; border-radius: 99px; letter-spacing: 0.02em; }
.top nav ul { display: flex; flex-wrap: wrap; gap: 0.15rem; list-style: none; margin: 0; padding: 0; }
.top nav a { display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 0.8rem; border-radius: 9px; color: var(--soft); text-decoration: none; font-weight: 550; }
.top nav a:hover { background: var(--sunk); color: var(--ink); }
.top nav a[aria-current] { color: var(--accent); background: var(--accent-wash); }
@media (max-width: 40rem) { .top nav { order: 3; flex-basis: 100%; } .who span { max-width: 9rem; } .top > div { row-gap: 0; } }
.who { margin-left: auto; display: flex; align-items: center; gap: 0.75rem; min-width: 0; }
.who span { color: var(--soft); font-size: 0.92rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 16rem; }

main { width: 100%; max-width: 68rem; margin: 0 auto; padding: clamp(1.25rem, 3vw, 2.4rem) 1.25rem 3rem; flex: 1; display: grid; gap: 1.4rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
main:focus { outline: none; }
.foot { padding: 1.2rem; text-align: center; color: var(--soft); font-size: 0.85rem; }
.crumbs ol { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; margin: 0; padding: 0; font-size: 0.92rem; }
.crumbs li + li::before { content: "›"; color: var(--soft); margin-right: 0.4rem; }
.head { display: grid; gap: 0.45rem; }
.head p { color: var(--soft); }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 0.8rem; }
.between { justify-content: space-between; }

.card { background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow); padding: clamp(1.05rem, 2.4vw, 1.5rem); display: grid; gap: 0.9rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
.card > p, .soft { color: var(--soft); }
.card > p strong { color: var(--ink); }
.card.danger { border-color: color-mix(in srgb, var(--bad) 45%, var(--line)); }
.narrow { max-width: 27rem; width: 100%; margin: clamp(0rem, 5vh, 3rem) auto 0; display: grid; gap: 1.2rem; }
.mid { max-width: 40rem; }
.columns { display: grid; gap: 1.4rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); align-items: start; }
.counts { display: grid; gap: 0.9rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 0; }
.counts > div { background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); padding: 0.9rem 1.1rem; box-shadow: var(--shadow); display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.counts dt { color: var(--soft); font-size: 0.92rem; }
.counts dd { margin: 0; font-size: 1.8rem; font-weight: 680; letter-spacing: -0.02em; line-height: 1.2; font-variant-numeric: tabular-nums; }

.tiles { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.tile { position: relative; background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow); padding: 1.15rem 1.25rem; display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); align-content: start; transition: border-color 0.15s; }
.tile:hover, .tile:focus-within { border-color: var(--accent); }
.tile h2 a { color: inherit; text-decoration: none; }
.tile h2 a::after { content: ""; position: absolute; inset: 0; border-radius: var(--radius); }
.tile h2 a:focus-visible { outline: none; }
.tile h2 a:focus-visible::after { outline: 3px solid var(--focus); outline-offset: 2px; }
.tile .kind { display: flex; gap: 0.85rem; align-items: center; }
.tile .kind > svg { flex: none; width: 2.5rem; height: 2.5rem; padding: 0.5rem; border-radius: 11px; color: var(--accent); background: var(--accent-wash); }
.tile .kind p { color: var(--soft); font-size: 0.92rem; }

.badges { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; margin: 0; padding: 0; }
.badge { display: inline-flex; align-items: center; gap: 0.38rem; font-size: 0.86rem; font-weight: 580; padding: 0.16rem 0.62rem 0.16rem 0.5rem; border-radius: 99px; color: var(--calm); background: var(--calm-wash); line-height: 1.4; }
.badge svg { width: 0.95em; height: 0.95em; flex: none; }
.badge.good { color: var(--good); background: var(--good-wash); }
.badge.warn { color: var(--warn); background: var(--warn-wash); }
.badge.bad { color: var(--bad); background: var(--bad-wash); }

.facts { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: 0.5rem 1.4rem; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 34rem) { .facts { grid-template-columns: minmax(0, 1fr); gap: 0.1rem; } .facts dd + dt { margin-top: 0.55rem; } .facts dt { font-size: 0.88rem; } }

.notice { display: flex; gap: 0.75rem; align-items: flex-start; padding: 0.85rem 1.05rem; border-radius: 12px; background: var(--calm-wash); color: var(--ink); border-left: 4px solid var(--calm); }
.notice svg { flex: none; width: 1.25rem; height: 1.25rem; margin-top: 0.14rem; color: var(--calm); }
.notice > div { display: grid; gap: 0.35rem; min-width: 0; }
.notice.good { background: var(--good-wash); border-color: var(--good); } .notice.good svg { color: var(--good); }
.notice.warn { background: var(--warn-wash); border-color: var(--warn); } .notice.warn svg { color: var(--warn); }
.notice.bad { background: var(--bad-wash); border-color: var(--bad); } .notice.bad svg { color: var(--bad); }
.empty { text-align: center; justify-items: center; padding: clamp(2rem, 6vw, 3.5rem) 1.5rem; gap: 0.7rem; }
.empty > svg { width: 4rem; height: 4rem; color: var(--accent); }
.empty ol { text-align: left; margin: 0.3rem 0 0; padding-left: 1.4rem; color: var(--soft); display: grid; gap: 0.35rem; }

form { margin: 0; }
.fields { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
.field { display: grid; gap: 0.32rem; }
label, legend { font-weight: 580; }
.hint { color: var(--soft); font-size: 0.9rem; font-weight: 400; }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: 0.35rem; min-width: 0; }
legend { padding: 0; margin-bottom: 0.35rem; }
input:not([type]), input[type="text"], input[type="password"], input[type="search"], input[type="datetime-local"], select {
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line-strong); border-radius: 9px; padding: 0.5rem 0.75rem; min-height: 2.75rem; width: 100%; min-width: 0;
}
input[type="checkbox"], input[type="radio"] { accent-color: var(--accent); width: 1.2rem; height: 1.2rem; margin: 0; flex: none; }
.choice { display: flex; gap: 0.75rem; align-items: flex-start; padding: 0.55rem 0.7rem; border-radius: 9px; font-weight: 450; min-height: 2.75rem; }
.choice input { margin-top: 0.15rem; }
.choice:hover { background: var(--sunk); }
.choice > span { display: grid; min-width: 0; overflow-wrap: anywhere; }
.choices { list-style: none; margin: 0; padding: 0; }
button, .button {
  font: inherit; font-weight: 600; display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; min-height: 2.75rem; padding: 0.35rem 1.05rem; border-radius: 10px;
  border: 1px solid var(--line-strong); background: var(--paper); color: var(--ink); cursor: pointer; text-decoration: none;
}
button:hover, .button:hover { background: var(--sunk); }
.primary { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
.hurts { color: var(--bad); border-color: color-mix(in srgb, var(--bad) 60%, var(--line)); }
.hurts.primary { background: var(--bad); color: var(--paper); border-color: var(--bad); }
.hurts.primary:hover { background: color-mix(in srgb, var(--bad) 88%, var(--ink)); }
.quiet { border-color: transparent; background: transparent; color: var(--soft); padding: 0.35rem 0.7rem; }
.inline { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; }
.inline .field { flex: 1 1 12rem; }
.search { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.2rem), 1fr)); align-items: end; }
.search .wide { grid-column: span 2; }
@media (max-width: 30rem) { .search .wide { grid-column: auto; } }

.scroll { overflow-x: auto; border-radius: var(--radius); border: 1px solid var(--line); background: var(--paper); box-shadow: var(--shadow); }
table { border-collapse: collapse; width: 100%; font-size: 0.95rem; }
caption { text-align: left; padding: 0.8rem 1rem 0.2rem; color: var(--soft); font-size: 0.9rem; }
th, td { text-align: left; padding: 0.7rem 1rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; font-size: 0.86rem; background: var(--sunk); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 9rem; }
tbody tr:last-child > * { border-bottom: 0; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.card .scroll { box-shadow: none; }
@media (max-width: 44rem) {
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacks, .stacks tbody, .stacks tr { display: block; }
  .stacks tr { padding: 0.75rem 1rem; border-bottom: 1px solid var(--line); }
  .stacks tbody tr:last-child { border-bottom: 0; }
  .stacks th[scope="row"], .stacks td { display: flex; gap: 1rem; border: 0; padding: 0.16rem 0; }
  .stacks td::before { content: attr(data-label); flex: 0 0 7.5rem; color: var(--soft); font-size: 0.9rem; }
  .stacks td > div, .stacks td > span, .stacks td > a { min-width: 0; }
}
.log { list-style: none; margin: 0; padding: 0; display: grid; }
.log > li { padding: 0.75rem 0; border-top: 1px solid var(--line); display: grid; gap: 0.25rem; }
.log > li:first-child { border-top: 0; padding-top: 0; }
.compare { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
pre { margin: 0; padding: 0.8rem 1rem; background: var(--sunk); border-radius: 10px; overflow: auto; max-height: 28rem; line-height: 1.45; white-space: pre-wrap; }
details > summary { cursor: pointer; font-weight: 580; padding: 0.45rem 0; min-height: 2.5rem; }
details[open] > summary { margin-bottom: 0.4rem; }
.pages { display: flex; gap: 0.6rem; justify-content: space-between; align-items: center; flex-wrap: wrap; }
dialog { border: 1px solid var(--line); border-radius: var(--radius); padding: 1.4rem; max-width: min(36rem, calc(100vw - 2rem)); width: 100%; background: var(--paper); color: var(--ink); box-shadow: 0 24px 60px -20px #000a; }
dialog::backdrop { background: #0a1110a6; }
dialog .crumbs { display: none; }
dialog .stand { display: grid; gap: 1.1rem; }
dialog .card { border: 0; box-shadow: none; padding: 0; background: none; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) { .badge, .notice, .card, .tile { border: 1px solid; } }
@media print { .top nav, .who, .skip, form { display: none; } body { background: none; } }
`;
