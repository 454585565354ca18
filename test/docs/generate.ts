/** `npm run generate`: writes the documents that are made from the tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { classTable, mappingsDocument, replaceMarked } from "./document.ts";
import { readTraps, trapSummary, trapsDocument } from "./traps.ts";

const { traps, tests } = readTraps();
const readme = replaceMarked(readFileSync("README.md", "utf8"), "classes", classTable());

writeFileSync("mappings/README.md", mappingsDocument());
writeFileSync("test/servers/README.md", trapsDocument(traps, tests));
writeFileSync("README.md", replaceMarked(readme, "traps", trapSummary(traps, tests)));
