/** The document of the table of policies. */
import { type PolicyRow, type PolicyValue, policyRows } from "../../src/schema/policies.ts";

/** `docker/policies.md`: a row for every setting. */
export function policiesDocument(): string {
  return `<!-- Made by \`npm run generate\` from src/schema/policies.ts. -->
# Policies

What a set of the \`policies\` section can ask of phones. What a set does not name is not asked, and is as in the column
*without*. A phone is told what its protocol version has words for; what it does of that is up to the phone. *Beside*:
a set that names the one without the other is refused when the gateway starts, as phones would not look at it.

| setting | asks for | values | without | beside | since | in 2.5 | element | source |
|---|---|---|---|---|---|---|---|---|
${policyRows.map(rowLine).join("\n")}

A set called \`nothing\`, which asks nothing, is always there: some clients refuse accounts whose policy is weaker than
their own, others every policy that they know a part of only.
`;
}

function rowLine({ setting, asks, value, since, xml, beside, tag, spec }: PolicyRow): string {
  const together = beside === undefined ? "" : `\`${beside.setting}: ${beside.is === 1}\``;
  const inXml =
    xml === undefined
      ? ""
      : xml(undefined)
          .map(({ name }) => name)
          .join(", ");
  const cells = [`\`${setting}\``, asks, valuesOf(value), without(value), together, since, inXml, tag, spec];
  return `| ${cells.join(" | ")} |`;
}

function valuesOf(value: PolicyValue): string {
  if (value.kind === "flag") return "`true`, `false`";
  if (value.kind === "amount") return `${value.least} to ${value.most}`;
  if (value.kind === "choice")
    return Object.keys(value.choices)
      .map((name) => `\`${name}\``)
      .join(", ");
  return `a list of ${value.hint}`;
}

function without(value: PolicyValue): string {
  if (value.kind === "flag") return `\`${value.free === 1}\``;
  if (value.kind === "choice") return `\`${Object.entries(value.choices).find(([, one]) => one === value.free)?.[0]}\``;
  if (value.kind === "list") return "no list";
  return value.free === undefined ? "no limit" : String(value.free);
}
