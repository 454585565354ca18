import { emptySaysNothing, policyRows } from "../policies.ts";
import { type Command, inAnyOrder, many, mayBeEmpty, one, optional, sequence, typed } from "../tree.ts";
import { since, until } from "../versions.ts";
import { deviceInformation } from "./settings.ts";

/** Every policy, in the order of the published schema. */
const document = sequence(
  ...policyRows.map((row) => {
    const { tag, value, spec } = row;
    const details = [since(row.since), spec, ...(emptySaysNothing(row) ? [mayBeEmpty] : [])];
    return value.kind === "list"
      ? optional(`Provision:${tag}`, ...details, sequence(many(`Provision:${value.item}`)))
      : optional(`Provision:${tag}`, ...details);
  }),
);

const wipeResult = (name: "Provision:RemoteWipe" | "Provision:AccountOnlyRemoteWipe") =>
  optional(name, inAnyOrder(one("Provision:Status", "MS-ASPROV_R398")));

/** Provision: the policies a device must follow, and the orders to wipe. */
export const provision: Command = {
  name: "Provision",
  request: one(
    "Provision:Provision",
    inAnyOrder(
      optional("Settings:DeviceInformation", since("14.1"), deviceInformation, "MS-ASCMD_R5537"),
      optional(
        "Provision:Policies",
        inAnyOrder(
          one(
            "Provision:Policy",
            inAnyOrder(one("Provision:PolicyType"), optional("Provision:PolicyKey"), optional("Provision:Status")),
          ),
        ),
      ),
      wipeResult("Provision:RemoteWipe"),
      wipeResult("Provision:AccountOnlyRemoteWipe"),
    ),
  ),
  response: one(
    "Provision:Provision",
    sequence(
      optional("Settings:DeviceInformation", since("14.1"), inAnyOrder(one("Settings:Status"))),
      one("Provision:Status", "MS-ASPROV_R390"),
      optional(
        "Provision:Policies",
        sequence(
          one(
            "Provision:Policy",
            sequence(
              one("Provision:PolicyType"),
              one("Provision:Status", "MS-ASPROV_R390"),
              optional("Provision:PolicyKey"),
              optional("Provision:Data", until("2.5"), typed("text")),
              optional("Provision:Data", since("12.0"), sequence(one("Provision:EASProvisionDoc", document))),
            ),
          ),
        ),
      ),
      optional("Provision:RemoteWipe", typed("empty")),
      optional("Provision:AccountOnlyRemoteWipe", since("16.1"), typed("empty")),
    ),
  ),
};
