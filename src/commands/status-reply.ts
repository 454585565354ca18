import { type Element, element, type QName } from "../wire/element.ts";

/** Where a command's document says its Status: the root, and the tag in it. */
const places: ReadonlyMap<string, readonly [root: QName, status: QName]> = new Map([
  ["Sync", ["AirSync:Sync", "AirSync:Status"]],
  ["FolderSync", ["FolderHierarchy:FolderSync", "FolderHierarchy:Status"]],
  ["MoveItems", ["Move:MoveItems", "Move:Status"]],
  ["FolderCreate", ["FolderHierarchy:FolderCreate", "FolderHierarchy:Status"]],
  ["FolderUpdate", ["FolderHierarchy:FolderUpdate", "FolderHierarchy:Status"]],
  ["FolderDelete", ["FolderHierarchy:FolderDelete", "FolderHierarchy:Status"]],
  ["GetItemEstimate", ["GetItemEstimate:GetItemEstimate", "GetItemEstimate:Status"]],
  ["Settings", ["Settings:Settings", "Settings:Status"]],
  ["Ping", ["Ping:Ping", "Ping:Status"]],
  ["ItemOperations", ["ItemOperations:ItemOperations", "ItemOperations:Status"]],
  ["Search", ["Search:Search", "Search:Status"]],
  ["Find", ["Find:Find", "Find:Status"]],
  ["SendMail", ["ComposeMail:SendMail", "ComposeMail:Status"]],
  ["SmartReply", ["ComposeMail:SmartReply", "ComposeMail:Status"]],
  ["SmartForward", ["ComposeMail:SmartForward", "ComposeMail:Status"]],
  ["Provision", ["Provision:Provision", "Provision:Status"]],
]);

/** The document that holds nothing but a command-wide Status; undefined for a command that is not served. */
export function statusReply(command: string, status: number): Element | undefined {
  const place = places.get(command);
  return place && element(place[0], [element(place[1], status)]);
}
