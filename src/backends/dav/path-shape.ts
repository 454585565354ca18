/** What a path is like, with nobody's name in it: a star for each segment, and what an item's name ends with. */
export function pathShape(path: string): string {
  return path
    .split("/")
    .map((segment) => (segment === "" || segment === ".well-known" ? segment : `*${endOf(segment)}`))
    .join("/");
}

function endOf(segment: string): string {
  return /\.(?:ics|vcf|php)$/.exec(segment)?.[0] ?? "";
}
