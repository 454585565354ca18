import { EasError } from "../errors.ts";
import { compactUtc, parseUtc } from "../protocol/datetime.ts";
import type { SyncCollection } from "../protocol/sync-request.ts";
import { idCharacters } from "../schema/limits.ts";
import type { Command } from "../sync/command.ts";
import type { Folder } from "../sync/records.ts";
import { child, childText, type Element } from "../wire/element.ts";

/** The commands of a Sync collection. @throws EasError 4 for one without its id or data (MS-ASCMD_R4543). */
export function parseCommands(
  { commands, deletesAsMoves }: SyncCollection,
  folder: Pick<Folder, "className"> | undefined,
): readonly Command[] {
  // The trash is for messages (MS-ASCMD_R2155).
  const isFinal = !deletesAsMoves && folder?.className === "Email";
  return commands.map((command) => parseCommand(command, isFinal));
}

function parseCommand(of: Element, isFinal: boolean): Command {
  switch (of.name) {
    case "AirSync:Add": {
      const className = childText(of, "AirSync:Class");
      return {
        kind: "Add",
        clientId: id(of, "AirSync:ClientId"),
        data: data(of),
        ...send(of),
        ...(className === undefined ? {} : { className }),
      };
    }
    case "AirSync:Change":
      return { kind: "Change", serverId: id(of, "AirSync:ServerId"), data: data(of), ...instance(of), ...send(of) };
    case "AirSync:Delete":
      return {
        kind: "Delete",
        serverId: id(of, "AirSync:ServerId"),
        ...instance(of),
        ...(isFinal ? { isFinal } : {}),
      };
    case "AirSync:Fetch":
      return { kind: "Fetch", serverId: id(of, "AirSync:ServerId") };
    default:
      throw new EasError(4, `${of.name} in Commands`);
  }
}

function id(of: Element, name: "AirSync:ClientId" | "AirSync:ServerId"): string {
  const value = childText(of, name);
  if (value === undefined || value === "" || value.length > idCharacters)
    throw new EasError(4, `${of.name} without ${name}`);
  return value;
}

function data(of: Element): Element {
  const found = child(of, "AirSync:ApplicationData");
  if (!found) throw new EasError(4, `${of.name} without ApplicationData`);
  return found;
}

/** Beside what is said of the draft (MS-ASEMAIL_R1386); among it, too, where the schemas of items have the tag. */
function send(of: Element): { send?: true } {
  const found = child(of, "Email2:Send") ?? child(data(of), "Email2:Send");
  return found ? { send: true } : {};
}

/** Dashed times are taken too; what is no time is passed on, and refused with the item (Status 6). */
function instance(of: Element): { instanceId?: string } {
  const value = childText(of, "AirSyncBase:InstanceId");
  if (value === undefined || value === "") return {};
  const at = parseUtc(value);
  return { instanceId: at === undefined ? value : compactUtc(at) };
}
