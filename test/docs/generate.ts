/** `npm run generate`: writes the documents that are made from the tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { classTable, mappingsDocument, replaceMarked } from "./document.ts";

writeFileSync("mappings/README.md", mappingsDocument());
writeFileSync("README.md", replaceMarked(readFileSync("README.md", "utf8"), "classes", classTable()));
