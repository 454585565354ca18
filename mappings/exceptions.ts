/**
 * Exceptions to a series: the Calendar table without what only a series has. A child that is left out is the series'
 * own (MS-ASCAL_R82 and the like). Attendees and ResponseType from 14.0 (R2104), links from 14.1 (R2105).
 */
import type { Mapping, Row } from "../src/mapping/define.ts";
import { inherit } from "../src/mapping/define.ts";
import type { KnownName } from "../src/schema/pages.ts";
import { since } from "../src/schema/versions.ts";

const seriesOnly: readonly KnownName[] = [
  "AirSyncBase:InstanceId",
  "AirSyncBase:NativeBodyType",
  "Calendar:BodyTruncated",
  "Calendar:DisallowNewTimeProposal",
  "Calendar:Exceptions",
  "Calendar:OrganizerEmail",
  "Calendar:OrganizerName",
  "Calendar:Recurrence",
  "Calendar:ResponseRequested",
  "Calendar:Timezone",
  "Calendar:UID",
];

export function exceptionsOf(calendar: Mapping): Mapping {
  return inherit(calendar, { drop: seriesOnly, as: inherited });
}

function inherited(row: Row): Row {
  // MS-ASCAL_R2023: no people in exceptions before 14.0.
  if (row.tag === "Calendar:Attendees") {
    return { ...row, down: since("14.0"), up: since("14.0"), absent: "inherit", empty: "send" };
  }
  return { ...row, absent: "inherit" };
}
