/** What people type to search for mail, as a mail server is asked for it. */
import type { Criterion } from "../../backends/mail.ts";
import { keywordOf } from "../../mapping/mail/keywords.ts";
import { type Comparison, parseQuery, type Query } from "../../protocol/kql.ts";
import { periodNamed, sizesNamed } from "../../protocol/kql-values.ts";
import type { Zone } from "../../protocol/zones.ts";

/** When and where somebody searches: `today` is a day there. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly zone: Zone;
}

/** Undefined where nothing is asked. What cannot be said to a mail server is looked for as words. */
export function criterionOf(text: string, moment: Moment): Criterion | undefined {
  const query = parseQuery(text, (name) => properties.has(name));
  return query && translated(query, moment);
}

function translated(query: Query, moment: Moment): Criterion {
  switch (query.is) {
    case "not":
      return { is: "not", of: translated(query.of, moment) };
    case "words":
      return { is: "text", text: query.text };
    case "property": {
      const { name, comparison, value } = query;
      const found = properties.get(name)?.(value, comparison, moment) ?? { is: "text", text: value };
      return comparison === "<>" ? { is: "not", of: found } : found;
    }
    default:
      return { is: query.is, of: query.of.map((one) => translated(one, moment)) };
  }
}

/** Undefined for a value that says nothing of the property. That `<>` is meant the caller sees to. */
type Property = (value: string, comparison: Comparison, moment: Moment) => Criterion | undefined;

type Person = "from" | "to" | "cc" | "bcc";

const text =
  (is: "subject" | "body" | Person): Property =>
  (value) => ({ is, text: value });

const people =
  (...fields: readonly Person[]): Property =>
  (value) => ({ is: "or", of: fields.map((is) => ({ is, text: value })) });

const received: Property = (value, comparison, { now, zone }) => {
  const period = periodNamed(value, now, zone);
  if (period === undefined) return undefined;
  const [since, before] = [new Date(period.since), new Date(period.before)];
  switch (comparison) {
    case "<":
      return { is: "received", before: since };
    case "<=":
      return { is: "received", before };
    case ">":
      return { is: "received", since: before };
    case ">=":
      return { is: "received", since };
    default:
      return { is: "received", since, before };
  }
};

const size: Property = (value, comparison) => {
  const sizes = sizesNamed(value);
  if (sizes === undefined) return undefined;
  const { least, most } = sizes;
  switch (comparison) {
    case "<":
      return { is: "size", below: least };
    case "<=":
      return { is: "size", below: most + 1 };
    case ">":
      return { is: "size", above: most };
    case ">=":
      return { is: "size", above: least - 1 };
    default:
      return { is: "size", above: least - 1, below: most + 1 };
  }
};

/** Yes, or no. */
const either =
  (criterion: Criterion): Property =>
  (value) => {
    if (/^(?:true|yes|1)$/i.test(value)) return criterion;
    return /^(?:false|no|0)$/i.test(value) ? { is: "not", of: criterion } : undefined;
  };

const header = (name: string, said: string): Criterion => ({ is: "header", name, text: said });
const high: Criterion = {
  is: "or",
  of: [header("Importance", "high"), ...["1", "2"].map((said) => header("X-Priority", said))],
};
const low: Criterion = {
  is: "or",
  of: [header("Importance", "low"), ...["4", "5"].map((said) => header("X-Priority", said))],
};

const importance: Property = (value) => {
  if (/^(?:high|2)$/i.test(value)) return high;
  if (/^(?:low|0)$/i.test(value)) return low;
  return /^(?:normal|medium|1)$/i.test(value) ? { is: "not", of: { is: "or", of: [high, low] } } : undefined;
};

const seen = either({ is: "flag", flag: "\\Seen" });
const withFile = either({ is: "file" });

/** Only mail is searched: that it is to be mail says nothing. */
const kind: Property = (value) => (/^e?mails?$/i.test(value) ? { is: "and", of: [] } : undefined);

const properties: ReadonlyMap<string, Property> = new Map<string, Property>([
  ["from", text("from")],
  ["to", text("to")],
  ["cc", text("cc")],
  ["bcc", text("bcc")],
  ["recipients", people("to", "cc", "bcc")],
  ["participants", people("from", "to", "cc", "bcc")],
  ["subject", text("subject")],
  ["body", text("body")],
  ["attachment", (value) => ({ is: "file", text: value })],
  ["attachments", (value) => ({ is: "file", text: value })],
  ["hasattachment", withFile],
  ["hasattachments", withFile],
  ["category", (value) => ({ is: "flag", flag: keywordOf(value) })],
  ["received", received],
  ["sent", received],
  ["date", received],
  ["size", size],
  ["importance", importance],
  ["isread", seen],
  ["read", seen],
  ["isflagged", either({ is: "flag", flag: "\\Flagged" })],
  ["kind", kind],
]);
