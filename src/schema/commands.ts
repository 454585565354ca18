/** The trees by command name, as it stands in Cmd. Autodiscover and GetAttachment have no WBXML and are not here. */
import { find } from "./commands/find.ts";
import { folderCreate } from "./commands/folder-create.ts";
import { folderDelete } from "./commands/folder-delete.ts";
import { folderSync } from "./commands/folder-sync.ts";
import { folderUpdate } from "./commands/folder-update.ts";
import { getItemEstimate } from "./commands/get-item-estimate.ts";
import { itemOperations } from "./commands/item-operations.ts";
import { meetingResponse } from "./commands/meeting-response.ts";
import { moveItems } from "./commands/move-items.ts";
import { ping } from "./commands/ping.ts";
import { provision } from "./commands/provision.ts";
import { resolveRecipients } from "./commands/resolve-recipients.ts";
import { search } from "./commands/search.ts";
import { sendMail } from "./commands/send-mail.ts";
import { settings } from "./commands/settings.ts";
import { smartForward } from "./commands/smart-forward.ts";
import { smartReply } from "./commands/smart-reply.ts";
import { sync } from "./commands/sync.ts";
import { validateCert } from "./commands/validate-cert.ts";
import type { Command } from "./tree.ts";

const all: readonly Command[] = [
  sync,
  folderSync,
  folderCreate,
  folderUpdate,
  folderDelete,
  getItemEstimate,
  ping,
  settings,
  provision,
  itemOperations,
  moveItems,
  meetingResponse,
  sendMail,
  smartForward,
  smartReply,
  search,
  find,
  resolveRecipients,
  validateCert,
];

export const commands: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.name, command]));
