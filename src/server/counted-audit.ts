import type { AuditLog } from "../devices/audit.ts";
import type { Metrics } from "../metrics.ts";

/** The same audit log, whose entries are counted. */
export function countedAudit(audit: AuditLog, metrics: Metrics): AuditLog {
  return {
    async add(entry) {
      await audit.add(entry);
      metrics.count("deviceActions", { action: entry.action, by: entry.by.role });
    },
    read: (question) => audit.read(question),
  };
}
