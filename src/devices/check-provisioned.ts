/** Holds a device's command until it has taken its policy: what is decided (provisioning.ts), stored and answered. */
import { EasError, HttpError } from "../errors.ts";
import { atLeast } from "../schema/versions.ts";
import { decodeRecord, encodeRecord, keys, type PolicyRecord } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";
import type { Standing } from "./admission.ts";
import { decide, type PolicyCase, type PolicyRequest } from "./provisioning.ts";

/** What a device's policy depends on; `stored` is its record of policy keys as it is stored. */
export function policyCaseOf(session: Session, standing: Standing, stored = standing.policyRecord): PolicyCase {
  return {
    rules: standing.rules,
    policy: standing.policy,
    version: session.version,
    epoch: standing.control.reprovision ?? 0,
    neverProvisions: session.profile.provisions === "never",
    record: decodeRecord<PolicyRecord>(stored) ?? {},
    now: Math.floor(session.services.now() / 1000),
  };
}

/**
 * Lets a command pass whose device has taken its policy. One that waits to be let in is not asked: it sees nothing.
 * @throws EasError 139 or 141 to 145; below 14.0 HTTP 449 for what provisioning mends (MS-ASCMD_R7563 to R7566), 403 for
 * what it does not.
 */
export async function checkProvisioned(session: Session, standing: Standing, request: PolicyRequest): Promise<void> {
  if (standing.access !== "allowed") return;
  const decision = decide(policyCaseOf(session, standing), request);
  if (decision.record) {
    // Where another request of the device has changed it meanwhile, that one counts.
    await session.services.state.commit(session.scope, {
      expect: new Map([[keys.policy, standing.policyRecord]]),
      put: new Map([[keys.policy, encodeRecord(decision.record)]]),
    });
  }
  if (decision.kind === "proceed") return;
  const isFinal = decision.status === 139 || decision.status === 145;
  if (isFinal && !atLeast(session.version, "14.0")) throw new HttpError(403, decision.why);
  throw new EasError(decision.status, decision.why);
}
