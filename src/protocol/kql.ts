/**
 * What people type to search: words, phrases, and the Keyword Query Language, in which devices of 16.1 ask
 * (MS-ASCMD_R10031940). Everything is a query: what is none of the language is words.
 */

/** How a property is compared. */
export type Comparison = ":" | "=" | "<>" | "<" | "<=" | ">" | ">=";

export type Query =
  | { readonly is: "and" | "or"; readonly of: readonly Query[] }
  | { readonly is: "not"; readonly of: Query }
  /** A word, or a phrase. Never empty. */
  | { readonly is: "words"; readonly text: string }
  /** `name` is in lower case, and one of those that were given. */
  | {
      readonly is: "property";
      readonly name: string;
      readonly comparison: Comparison;
      readonly value: string;
    };

/** Characters that are read, words and properties that are looked for, and parentheses within each other. */
export const queryLimits = { characters: 1_000, terms: 40, depth: 8 } as const;

/** Undefined where nothing is asked. `isProperty` tells names of properties (in lower case) from other words. */
export function parseQuery(text: string, isProperty: (name: string) => boolean): Query | undefined {
  const said = text.slice(0, queryLimits.characters).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
  const parser = createParser(tokensOf(said, isProperty));
  const found: Query[] = [];
  // A parenthesis that closes nothing ends a query, and another one begins.
  while (!parser.isDone()) {
    const query = parser.alternatives(0);
    if (query !== undefined) found.push(query);
    parser.skip();
  }
  return joined("and", found) ?? wordsOf(said);
}

type Token =
  | { readonly is: "(" | ")" | "and" | "or" | "not" | "near"; readonly text: string }
  | { readonly is: "words"; readonly text: string }
  | { readonly is: "property"; readonly name: string; readonly comparison: Comparison };

/** One that was joined without a word for it, and may be an alternative to the one before. */
interface Operand {
  readonly query: Query;
  readonly isPlain: boolean;
}

const operators: ReadonlyMap<string, "and" | "or" | "not" | "near"> = new Map([
  ["AND", "and"],
  ["OR", "or"],
  ["NOT", "not"],
  ["NEAR", "near"],
  ["ONEAR", "near"],
]);

/** Quotes as keyboards make them, too. */
const token = /\s+|["“”„«»]([^"“”„«»]*)["“”„«»]?|[()]|[-+](?=[^\s)])|(?<near>O?NEAR)\([^()]{0,20}\)|[^\s()"“”„«»]+/gu;
const property = /^(?<name>[A-Za-z]{1,30})(?<comparison>:<>|:[<>]=?|:|=|<>|<=|>=|<|>)(?<value>.*)$/su;

function tokensOf(text: string, isProperty: (name: string) => boolean): readonly Token[] {
  const tokens: Token[] = [];
  for (const { 0: said, 1: phrase, groups } of text.matchAll(token)) {
    if (said.trim() === "") continue;
    const operator = operators.get(said);
    if (operator !== undefined || groups?.["near"] !== undefined) tokens.push({ is: operator ?? "near", text: said });
    else if (said === "(" || said === ")") tokens.push({ is: said, text: said });
    else if (said === "-") tokens.push({ is: "not", text: said });
    else if (phrase !== undefined) tokens.push(...words(phrase));
    else if (said !== "+") tokens.push(...termOf(said, isProperty));
  }
  return tokens;
}

function termOf(said: string, isProperty: (name: string) => boolean): readonly Token[] {
  const { name = "", comparison = ":", value = "" } = property.exec(said)?.groups ?? {};
  if (!isProperty(name.toLowerCase())) return words(said);
  const told = comparison.length > 1 ? comparison.replace(/^:/, "") : comparison;
  return [{ is: "property", name: name.toLowerCase(), comparison: told as Comparison }, ...words(value)];
}

/** A star at the end says what is so anyway: words are looked for within others. */
function words(said: string): readonly Token[] {
  const text = said.replace(/\*+$/, "").replace(/\s+/g, " ").trim();
  return text === "" ? [] : [{ is: "words", text }];
}

interface Parser {
  isDone(): boolean;
  skip(): void;
  /** What stands between two parentheses, or all. */
  alternatives(depth: number): Query | undefined;
}

function createParser(tokens: readonly Token[]): Parser {
  let at = 0;
  let terms = 0;

  const isAt = (kind: Token["is"]): boolean => tokens[at]?.is === kind;

  function take(kind: Token["is"]): boolean {
    if (!isAt(kind)) return false;
    at += 1;
    return true;
  }

  function alternatives(depth: number): Query | undefined {
    const found: Query[] = [];
    do {
      const one = conjunction(depth);
      if (one !== undefined) found.push(one);
    } while (take("or"));
    return joined("or", found);
  }

  function conjunction(depth: number): Query | undefined {
    const operands: Operand[] = [];
    while (at < tokens.length && !isAt("or") && !isAt(")")) {
      const isPlain = !(take("and") || take("near"));
      const query = operand(depth);
      if (query !== undefined) operands.push({ query, isPlain });
    }
    return joined("and", merged(operands));
  }

  function operand(depth: number): Query | undefined {
    const first = tokens[at];
    if (first === undefined || first.is === "or" || first.is === ")") return undefined;
    at += 1;
    switch (first.is) {
      case "not": {
        const isOnlyNot = at >= tokens.length || isAt(")") || isAt("or") || isAt("and");
        const excluded = isOnlyNot || depth >= queryLimits.depth ? undefined : operand(depth + 1);
        return excluded && { is: "not", of: excluded };
      }
      case "(":
        return group(depth);
      case "property":
        return restriction(first, depth);
      case "words":
        return term({ is: "words", text: first.text });
      default:
        return undefined;
    }
  }

  /** Where there are too many within each other, the parentheses say nothing any more. */
  function group(depth: number): Query | undefined {
    if (depth >= queryLimits.depth) return undefined;
    const inner = alternatives(depth + 1);
    take(")");
    return inner;
  }

  /** The value stands behind it, if need be after a space, or several do in parentheses. */
  function restriction({ name, comparison }: Extract<Token, { is: "property" }>, depth: number): Query | undefined {
    const next = tokens[at];
    if (next?.is === "(" && depth < queryLimits.depth) {
      at += 1;
      const inner = group(depth);
      return inner && restricted(inner, name, comparison);
    }
    if (next?.is !== "words") return undefined;
    at += 1;
    return term({ is: "property", name, comparison, value: next.text });
  }

  function term(query: Query): Query | undefined {
    terms += 1;
    return terms > queryLimits.terms ? undefined : query;
  }

  return {
    isDone: () => at >= tokens.length,
    skip() {
      at += 1;
    },
    alternatives,
  };
}

/** Every word in parentheses behind a property's name is a value of it. */
function restricted(query: Query, name: string, comparison: Comparison): Query {
  if (query.is === "words") return { is: "property", name, comparison, value: query.text };
  if (query.is === "property") return query;
  if (query.is === "not") return { is: "not", of: restricted(query.of, name, comparison) };
  return { is: query.is, of: query.of.map((one) => restricted(one, name, comparison)) };
}

/** Values of one property that follow each other are alternatives: nothing can be from two people. */
function merged(operands: readonly Operand[]): readonly Query[] {
  const runs: { readonly of: Query[]; readonly name: string | undefined }[] = [];
  for (const { query, isPlain } of operands) {
    const name = equalTo(query);
    const last = runs.at(-1);
    if (isPlain && name !== undefined && last?.name === name) last.of.push(query);
    else runs.push({ of: [query], name });
  }
  return runs.flatMap(({ of }) => joined("or", of) ?? []);
}

/** The property that has to have a value, and not one beyond it. */
function equalTo(query: Query): string | undefined {
  const isEquality = query.is === "property" && (query.comparison === ":" || query.comparison === "=");
  return isEquality ? query.name : undefined;
}

function joined(is: "and" | "or", queries: readonly Query[]): Query | undefined {
  return queries.length > 1 ? { is, of: queries } : queries[0];
}

/** Of a text that is all operators, what can be a word is one. */
function wordsOf(text: string): Query | undefined {
  const found = [...text.matchAll(/[\p{L}\p{N}]+/gu)].slice(0, queryLimits.terms);
  return joined(
    "and",
    found.map(([word]) => ({ is: "words", text: word })),
  );
}
