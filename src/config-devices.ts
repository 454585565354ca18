/** The `groups` and `devices` sections of the configuration: which devices are let in, and with what policy. */
import { z } from "zod";
import { type Version, versions } from "./schema/versions.ts";

/** `*` stands for any characters, `?` for one. */
const patterns = z.array(z.string().min(1).max(256)).max(1_000);
const version = z.enum(versions, `one of ${versions.join(", ")}`);
const classes = { mail: "Email", calendar: "Calendar", contacts: "Contacts", tasks: "Tasks", notes: "Notes" } as const;
const everything = ["mail", "calendar", "contacts", "tasks", "notes"] as const;

const bounds = z
  .strictObject({ lowest: version.default("2.5"), highest: version.default("16.1") })
  .refine(({ lowest, highest }) => rank(lowest) <= rank(highest), "lowest must not be more than highest");
const shown = z.array(z.enum(everything)).transform((names) => [...new Set(names)].map((name) => classes[name]));

const provisioning = z.enum(["none", "allow", "force"]);
const access = z.enum(["allow", "quarantine", "block"]);
const most = z.number().int().min(1).max(10_000);

const rule = z
  .strictObject({
    /** Whom it concerns: account, login or mail address; names of groups; DeviceId; DeviceType; User-Agent. */
    users: patterns.default([]),
    groups: z.array(z.string()).max(100).default([]),
    devices: patterns.default([]),
    types: patterns.default([]),
    agents: patterns.default([]),
    provisioning: provisioning.optional(),
    policy: z.string().optional(),
    partial: z.boolean().optional(),
    access: access.optional(),
    versions: bounds.optional(),
    shows: shown.optional(),
    most: most.optional(),
  })
  .refine(
    ({ provisioning, policy, partial, access, versions, shows, most }) =>
      [provisioning, policy, partial, access, versions, shows, most].some((said) => said !== undefined),
    "it says nothing of the devices it concerns",
  );

/** Patterns of users, by a name for them. */
export const groupsSection = z.record(z.string().min(1).max(64), patterns).default({});

export const devicesSection = z
  .strictObject({
    /** Whether devices have to take a policy: none is asked, those that know of policies are, all are. */
    provisioning: provisioning.default("none"),
    /** A set of `policies`. */
    policy: z.string().default("nothing"),
    /** Whether a device that takes a part of the policy is let in. */
    partial: z.boolean().default(true),
    access: access.default("allow"),
    versions: bounds.prefault({}),
    shows: shown.default(() => Object.values(classes)),
    /** Devices of one user. */
    most: most.default(100),
    /** Days without a word of it after which a device makes room for a new one. */
    unused: z.number().int().min(1).max(3_650).default(60),
    /** False: no device is ever told to erase itself. */
    fullWipe: z.boolean().default(true),
    /** Days that the audit log is kept. */
    auditDays: z.number().int().min(1).max(3_650).default(365),
    rules: z.array(rule).max(1_000).default([]),
  })
  .prefault({});

/** What a rule names and does not exist, one sentence per mistake. */
export function deviceMistakes(
  devices: z.infer<typeof devicesSection>,
  groups: z.infer<typeof groupsSection>,
  policies: ReadonlySet<string>,
): readonly string[] {
  const named = [
    { path: "devices", policy: devices.policy, groups: [] as readonly string[] },
    ...devices.rules.map((one, index) => ({ path: `devices.rules.${index}`, ...one })),
  ];
  return named.flatMap(({ path, policy, groups: wanted }) => [
    ...(policy === undefined || policies.has(policy) ? [] : [`${path}.policy: there is no policy set ${policy}`]),
    ...wanted
      .filter((group) => groups[group] === undefined)
      .map((group) => `${path}.groups: there is no group ${group}`),
  ]);
}

function rank(one: Version): number {
  return versions.indexOf(one);
}
