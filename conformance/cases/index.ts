/** Every case, in the order in which they run. */
import type { Case } from "../runner/case.ts";
import { discoveryErrorCases } from "./autodiscover/errors.ts";
import { discoveryJsonCases } from "./autodiscover/json.ts";
import { discoveryCases } from "./autodiscover/settings.ts";
import { bodyCases } from "./bodies/bodies.ts";
import { attachmentCases } from "./calendar/attachments.ts";
import { eventCases } from "./calendar/events.ts";
import { instanceCases } from "./calendar/instances.ts";
import { occurrenceCases } from "./calendar/occurrences.ts";
import { ruleCases } from "./calendar/rules.ts";
import { seriesCases } from "./calendar/series.ts";
import { timeCases } from "./calendar/times.ts";
import { contactCases } from "./contacts/contacts.ts";
import { estimateCases } from "./estimate/estimate.ts";
import { folderCreateCases } from "./folders/create.ts";
import { folderDeleteCases } from "./folders/delete.ts";
import { folderCases } from "./folders/folders.ts";
import { recipientCases } from "./folders/recipients.ts";
import { folderUpdateCases } from "./folders/update.ts";
import { httpCases } from "./http/http.ts";
import { fetchCases } from "./item-operations/fetch.ts";
import { mailAnsweringCases } from "./mail/answering.ts";
import { mailBodyCases } from "./mail/bodies.ts";
import { mailChangeCases } from "./mail/changes.ts";
import { mailCharsetCases } from "./mail/charsets.ts";
import { mailDraftCases } from "./mail/drafts.ts";
import { mailFileCases } from "./mail/files.ts";
import { mailFolderCases } from "./mail/folders.ts";
import { mailMeetingCases } from "./mail/meetings.ts";
import { mailMimeCases } from "./mail/mime.ts";
import { mailOldCases } from "./mail/old.ts";
import { mailPlaceCases } from "./mail/placing.ts";
import { mailPropertyCases } from "./mail/properties.ts";
import { mailSearchCases } from "./mail/searching.ts";
import { mailSendingCases } from "./mail/sending.ts";
import { mailThreadCases } from "./mail/threads.ts";
import { mailWaitingCases } from "./mail/waiting.ts";
import { moveItemsCases } from "./move-items/move-items.ts";
import { nodeAtOnceCases } from "./nodes/at-once.ts";
import { nodeCommandCases } from "./nodes/commands.ts";
import { nodeDeviceCases } from "./nodes/devices.ts";
import { nodeKeptCases } from "./nodes/kept.ts";
import { nodeLoginCases } from "./nodes/logins.ts";
import { nodeRepeatCases } from "./nodes/repeats.ts";
import { nodeSyncCases } from "./nodes/syncing.ts";
import { nodeWaitingCases } from "./nodes/waiting.ts";
import { noteCases } from "./notes/notes.ts";
import { pingCases } from "./ping/ping.ts";
import { provisionKeyCases } from "./provision/keys.ts";
import { provisionPolicyCases } from "./provision/policy.ts";
import { provisionCases } from "./provision/provision.ts";
import { provisionWipeCases } from "./provision/wipes.ts";
import { settingsCases } from "./settings/settings.ts";
import { commandCases } from "./sync/commands.ts";
import { conflictCases } from "./sync/conflicts.ts";
import { ghostingCases } from "./sync/ghosting.ts";
import { keyCases } from "./sync/keys.ts";
import { repeatCases } from "./sync/repeats.ts";
import { waitingCases } from "./sync/waiting.ts";
import { windowCases } from "./sync/windows.ts";
import { taskFilterCases } from "./tasks/filter.ts";
import { taskRecurrenceCases } from "./tasks/recurrence.ts";
import { taskCases } from "./tasks/tasks.ts";
import { taskTimeCases } from "./tasks/times.ts";
import { wireCases } from "./wire/wire.ts";

const nodeCases = [
  ...nodeCommandCases,
  ...nodeSyncCases,
  ...nodeKeptCases,
  ...nodeRepeatCases,
  ...nodeAtOnceCases,
  ...nodeWaitingCases,
  ...nodeDeviceCases,
  ...nodeLoginCases,
].map((one): Case => ({ ...one, nodes: true }));

const mailCases = [
  ...mailPropertyCases,
  ...mailBodyCases,
  ...mailCharsetCases,
  ...mailOldCases,
  ...mailMimeCases,
  ...mailChangeCases,
  ...mailFileCases,
  ...mailPlaceCases,
  ...mailSendingCases,
  ...mailAnsweringCases,
  ...mailThreadCases,
  ...mailWaitingCases,
  ...mailFolderCases,
  ...mailDraftCases,
  ...mailSearchCases,
  ...mailMeetingCases,
].map((one): Case => ({ ...one, mail: true }));

export const cases: readonly Case[] = [
  ...httpCases,
  ...discoveryCases,
  ...discoveryErrorCases,
  ...discoveryJsonCases,
  ...wireCases,
  ...folderCases,
  ...folderCreateCases,
  ...folderUpdateCases,
  ...recipientCases,
  ...folderDeleteCases,
  ...provisionCases,
  ...provisionPolicyCases,
  ...provisionKeyCases,
  ...provisionWipeCases,
  ...settingsCases,
  ...keyCases,
  ...commandCases,
  ...repeatCases,
  ...conflictCases,
  ...ghostingCases,
  ...windowCases,
  ...waitingCases,
  ...estimateCases,
  ...fetchCases,
  ...moveItemsCases,
  ...pingCases,
  ...contactCases,
  ...noteCases,
  ...bodyCases,
  ...timeCases,
  ...eventCases,
  ...seriesCases,
  ...ruleCases,
  ...occurrenceCases,
  ...instanceCases,
  ...attachmentCases,
  ...taskCases,
  ...taskTimeCases,
  ...taskRecurrenceCases,
  ...taskFilterCases,
  ...mailCases,
  ...nodeCases,
];
