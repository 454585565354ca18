/** Patterns of the configuration: users, devices, collections. */

/** Whether one of the texts fits; an empty list of patterns is for all. */
export function isFor(patterns: readonly string[], texts: readonly string[]): boolean {
  return patterns.length === 0 || matchesAny(patterns, texts);
}

export function matchesAny(patterns: readonly string[], texts: readonly string[]): boolean {
  return patterns.some((pattern) => texts.some((text) => matches(pattern, text)));
}

/**
 * `*` stands for any characters, `?` for one; whatever the case. In steps of the text's length times the pattern's at
 * most: names come from others.
 */
export function matches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern.normalize("NFC").toLowerCase());
  const given = Array.from(text.normalize("NFC").toLowerCase());
  let at = 0;
  let star: { readonly pattern: number; text: number } | undefined;
  for (let index = 0; index < given.length; ) {
    const sign = wanted[at];
    if (sign === "*") {
      star = { pattern: at, text: index };
      at += 1;
    } else if (sign !== undefined && (sign === "?" || sign === given[index])) {
      at += 1;
      index += 1;
    } else if (star) {
      // The star takes one character more.
      star.text += 1;
      index = star.text;
      at = star.pattern + 1;
    } else return false;
  }
  return wanted.slice(at).every((sign) => sign === "*");
}

/** Of a path, without its slashes. */
export function lastPart(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}
