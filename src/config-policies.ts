/** The `policies` section of the configuration: sets of policies by name, as `src/schema/policies.ts` lists them. */
import { z } from "zod";
import { nothing, type Policy, type PolicyRow, policyRows } from "./schema/policies.ts";

/** The set that is always there, whose name no other has. */
const nothingName = "nothing";

const fields: Record<string, z.ZodType<number | readonly string[] | undefined>> = Object.fromEntries(
  policyRows.map((row) => [row.setting, fieldOf(row).optional()]),
);

const policySet = z.strictObject(fields).superRefine((told, context) => {
  for (const row of policyRows) {
    const said = told[row.setting];
    const mistake = said === undefined ? undefined : contradiction(row, said, told);
    if (mistake !== undefined) context.addIssue({ code: "custom", path: [row.setting], message: mistake });
  }
});

const setName = z
  .string()
  .regex(/^[\w-]{1,64}$/, "letters, digits, _ and - only")
  .refine((name) => name !== nothingName, "the set of this name is the one that asks nothing");

export const policiesSection = z
  .record(setName, policySet, {
    error: (issue) => (issue.code === "invalid_key" ? issue.issues[0]?.message : undefined),
  })
  .default({})
  .transform(
    (sets): ReadonlyMap<string, Policy> =>
      new Map([[nothingName, nothing], ...Object.entries(sets).map(withoutUndefined)]),
  );

function withoutUndefined([name, set]: [string, z.infer<typeof policySet>]): [string, Policy] {
  const said = Object.entries(set).flatMap(([setting, value]) => (value === undefined ? [] : [[setting, value]]));
  return [name, Object.fromEntries(said) as Policy];
}

/** A setting as people write it, and as the device is sent it. */
function fieldOf({ setting, value }: PolicyRow): z.ZodType<number | readonly string[]> {
  switch (value.kind) {
    case "flag":
      return z.boolean("true or false").transform(Number);
    case "amount": {
      const hint = `a whole number from ${value.least} to ${value.most}`;
      return z.number(hint).int(hint).min(value.least, hint).max(value.most, hint);
    }
    case "choice": {
      const names = Object.keys(value.choices);
      return z.enum(names, `one of ${names.join(", ")}`).transform((name) => value.choices[name] ?? value.free);
    }
    case "list": {
      const item = z.string(value.hint).regex(value.pattern, value.hint);
      return z.array(item, value.hint).min(1, `${setting} names nothing: leave it out`).max(1_000, "1000 at the most");
    }
  }
}

/** What a device would not look at, or what forbids itself. */
function contradiction(
  row: PolicyRow,
  said: Policy[string],
  told: Readonly<Record<string, unknown>>,
): string | undefined {
  if (row.setting === "passwordRecovery" && said === 1) return "this server keeps no passwords of devices";
  const { beside } = row;
  if (beside === undefined || isFree(row, said)) return undefined;
  const other = policyRows.find(({ setting }) => setting === beside.setting);
  const is = told[beside.setting] ?? (other?.value.kind === "flag" ? other.value.free : undefined);
  if (is === beside.is) return undefined;
  return beside.is === 1 && other?.value.kind === "flag" && other.value.free === 1
    ? `says nothing beside ${beside.setting}: false`
    : `a device looks at it only beside ${beside.setting}: true`;
}

function isFree({ value }: PolicyRow, said: Policy[string]): boolean {
  return value.kind !== "list" && said === value.free;
}
