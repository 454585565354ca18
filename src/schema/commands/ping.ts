import { type Command, inAnyOrder, one, optional, sequence, some, typed } from "../tree.ts";

const watched = inAnyOrder(one("Ping:Id", "MS-ASCMD_R1788"), one("Ping:Class", "MS-ASCMD_R1171"));

/** Ping: waits for a change in one of the folders. */
export const ping: Command = {
  name: "Ping",
  request: one(
    "Ping:Ping",
    inAnyOrder(
      optional("Ping:HeartbeatInterval", "MS-ASCMD_R1776"),
      optional("Ping:Folders", inAnyOrder(some("Ping:Folder", watched, "MS-ASCMD_R1671")), "MS-ASCMD_R1703"),
    ),
    "MS-ASCMD_R2384",
  ),
  response: one(
    "Ping:Ping",
    sequence(
      one("Ping:Status", "MS-ASCMD_R2739"),
      optional("Ping:Folders", sequence(some("Ping:Folder", typed("text"), "MS-ASCMD_R1675")), "MS-ASCMD_R1707"),
      optional("Ping:MaxFolders", "MS-ASCMD_R1856"),
      optional("Ping:HeartbeatInterval", "MS-ASCMD_R1780"),
    ),
    "MS-ASCMD_R2388",
  ),
};
