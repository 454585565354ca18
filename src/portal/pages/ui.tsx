/** @jsxImportSource preact */
/** What pages are put together from. Whatever a page says by colour it says by a word as well. */
import { type ComponentChildren, h } from "preact";
import { tokenFor, type Visit } from "../visit.ts";

const shapes = {
  good: "M3.500 8.500l3 3 6-7",
  warn: "M8 2.200L14.500 13.500h-13zM8 6.500v3.200M8 11.700v.1",
  bad: "M4 4l8 8M12 4l-8 8",
  calm: "M8 7.300v4M8 4.600v.1M8 1.700a6.300 6.300 0 100 12.600A6.300 6.300 0 008 1.700z",
  wait: "M8 1.700a6.300 6.300 0 100 12.600A6.300 6.300 0 008 1.700zM8 4.500V8l2.300 1.600",
  phone: "M5 1.700h6a1 1 0 011 1v10.600a1 1 0 01-1 1H5a1 1 0 01-1-1V2.700a1 1 0 011-1zM7 12.300h2",
} as const;

export type Shape = keyof typeof shapes;
export type Tone = "good" | "warn" | "bad" | "calm";

export function Icon({ shape }: { readonly shape: Shape }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={shapes[shape]} />
    </svg>
  );
}

export function Badge({ tone, shape = tone, children }: { tone: Tone; shape?: Shape; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon shape={shape} />
      {children}
    </span>
  );
}

/** `says`: it is about what was done just now, and a screen reader tells it at once. */
export function Notice({ tone, says, children }: { tone: Tone; says?: boolean; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} {...(says ? { role: tone === "bad" ? "alert" : "status" } : {})}>
      <Icon shape={tone} />
      <div>{children}</div>
    </div>
  );
}

/** A form that changes something. */
export function Form(props: { visit: Visit; action: string; class?: string; children: ComponentChildren }) {
  const { visit, action, children } = props;
  return (
    <form method="post" action={action} class={props.class}>
      <input type="hidden" name="token" value={tokenFor(visit, action)} />
      {children}
    </form>
  );
}

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** Where a page has two fields of one name. */
  readonly id?: string;
  readonly class?: string;
  readonly type?: "text" | "password" | "search" | "datetime-local";
  readonly value?: string | undefined;
  readonly autocomplete?: string;
  readonly autocapitalize?: "none";
  readonly spellcheck?: boolean;
  readonly inputMode?: "numeric";
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly autofocus?: boolean;
}

export function Field({ name, label, hint, id = `field-${name}`, class: wide = "", ...input }: FieldProps) {
  return (
    <div class={`field ${wide}`}>
      <label for={id}>{label}</label>
      {h("input", { ...input, id, name, ...(hint ? { "aria-describedby": `${id}-hint` } : {}) })}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

export function Select(props: { name: string; label: string; value: string; options: readonly Option[] }) {
  const id = `field-${props.name}`;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} name={props.name}>
        {props.options.map(({ value, label }) => (
          <option key={value} value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** @param seconds since 1970. `ago`: as a distance. */
export function Time({ seconds, visit, ago }: { seconds: number; visit: Visit; ago?: boolean }) {
  const date = new Date(seconds * 1000);
  const whole = dateText(date, visit.zone);
  return (
    <time dateTime={date.toISOString()} title={whole} {...(ago ? { "data-form": "ago" } : {})}>
      {ago ? agoText(visit.now / 1000 - seconds) : whole}
    </time>
  );
}

function dateText(date: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(date);
}

const steps: readonly (readonly [size: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
];

/** As the script has it. */
function agoText(seconds: number): string {
  if (Math.abs(seconds) < 45) return "just now";
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  let value = -seconds;
  for (const [size, unit] of steps) {
    if (Math.abs(value) < size) return words.format(Math.round(value), unit);
    value /= size;
  }
  return words.format(Math.round(value), "year");
}

export function Crumbs({ steps: links, here }: { steps: readonly { href: string; name: string }[]; here: string }) {
  return (
    <nav class="crumbs" aria-label="You are here">
      <ol>
        {links.map(({ href, name }) => (
          <li key={href}>
            <a href={href}>{name}</a>
          </li>
        ))}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
}

export function Facts({ of }: { of: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  const told = of.filter(([, value]) => value !== undefined && value !== "" && value !== null && value !== false);
  return (
    <dl class="facts">
      {told.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} is`}>{value}</dd>])}
    </dl>
  );
}

/** A table that scrolls by itself where it is too wide, by keyboard too. */
export function Table(props: {
  name: string;
  heads: readonly string[];
  stacks?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class="scroll" aria-label={props.name} tabIndex={0}>
      <table class={props.stacks ? "stacks" : undefined} role="table">
        <caption class="unseen">{props.name}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {props.heads.map((head) => (
              <th key={head} scope="col" role="columnheader">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">{props.children}</tbody>
      </table>
    </section>
  );
}

export function Row({
  head,
  cells,
}: {
  head: ComponentChildren;
  cells: readonly (readonly [string, ComponentChildren])[];
}) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {head}
      </th>
      {cells.map(([label, cell]) => (
        <td key={label} data-label={label} role="cell">
          <div>{cell}</div>
        </td>
      ))}
    </tr>
  );
}

export function Empty({ shape, title, children }: { shape: Shape; title: string; children: ComponentChildren }) {
  return (
    <section class="card empty">
      <Icon shape={shape} />
      <h2>{title}</h2>
      {children}
    </section>
  );
}
