import type { Settings } from "../sync/session.ts";
import { find } from "./find.ts";
import { folderCreate } from "./folder-create.ts";
import { folderDelete } from "./folder-delete.ts";
import { folderSync } from "./folder-sync.ts";
import { folderUpdate } from "./folder-update.ts";
import { getAttachment } from "./get-attachment.ts";
import { getItemEstimate } from "./get-item-estimate.ts";
import type { Handler } from "./handler.ts";
import { itemOperations } from "./item-operations.ts";
import { moveItems } from "./move-items.ts";
import { ping } from "./ping.ts";
import { provision } from "./provision.ts";
import { search } from "./search.ts";
import { sendMail } from "./send-mail.ts";
import { settings } from "./settings.ts";
import { smartForward } from "./smart-forward.ts";
import { smartReply } from "./smart-reply.ts";
import { sync } from "./sync.ts";

/** Every command this release serves, as OPTIONS names them: what is not here is not advertised. */
export const handlers: ReadonlyMap<string, Handler> = new Map([
  ["Sync", sync],
  ["FolderSync", folderSync],
  ["FolderCreate", folderCreate],
  ["FolderUpdate", folderUpdate],
  ["FolderDelete", folderDelete],
  ["MoveItems", moveItems],
  ["GetItemEstimate", getItemEstimate],
  ["Settings", settings],
  ["Ping", ping],
  ["ItemOperations", itemOperations],
  ["GetAttachment", getAttachment],
  ["Search", search],
  ["Find", find],
  ["Provision", provision],
  ["SendMail", sendMail],
  ["SmartReply", smartReply],
  ["SmartForward", smartForward],
]);

/** What OPTIONS names: the commands that are served and not forbidden by the configuration. */
export function offeredCommands(
  served: ReadonlyMap<string, Handler>,
  { folders, showsMail, sendsMail }: Settings,
): readonly string[] {
  const forbidden = new Set([
    ...(folders.create ? [] : ["FolderCreate"]),
    ...(folders.rename ? [] : ["FolderUpdate"]),
    ...(folders.delete ? [] : ["FolderDelete"]),
    ...(showsMail === true ? [] : ["GetAttachment", "Search", "Find"]),
    ...(sendsMail === true ? [] : ["SendMail", "SmartReply", "SmartForward"]),
  ]);
  return [...served.keys()].filter((name) => !forbidden.has(name));
}
