/** `npm run generate`: writes the documents that are made from the tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { complaints } from "../complaints/complaints.ts";
import { complaintsDocument, complaintTests } from "./complaints.ts";
import { dashboardDocument } from "./dashboard.ts";
import { classTable, mappingsDocument, replaceMarked } from "./document.ts";
import { policiesDocument } from "./policies.ts";
import { serversTable } from "./servers.ts";
import { survival, survivalSummary } from "./survival.ts";
import { threatModel } from "./threats.ts";
import { readTraps, trapSummary, trapsDocument } from "./traps.ts";

const { traps, tests } = readTraps();
const survived = survival();
const marked = {
  classes: classTable(),
  servers: serversTable(),
  survival: survivalSummary(survived),
  traps: trapSummary(traps, tests),
};
const readme = Object.entries(marked).reduce(
  (document, [name, content]) => replaceMarked(document, name, content),
  readFileSync("README.md", "utf8"),
);

writeFileSync("mappings/README.md", mappingsDocument(survived));
writeFileSync("docker/policies.md", policiesDocument());
writeFileSync("docker/grafana/isthmus.json", dashboardDocument());
writeFileSync("docs/threat-model.md", threatModel());
writeFileSync("test/servers/README.md", trapsDocument(traps, tests));
writeFileSync("test/complaints/README.md", complaintsDocument(complaints, complaintTests()));
writeFileSync("README.md", readme);
