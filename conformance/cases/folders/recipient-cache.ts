import { commands, type Server } from "../../runner/case.ts";

const offered = commands("FolderCreate", "FolderUpdate", "FolderDelete");

/** For a `needs`: the server shows its recipient information cache, and lets folders be changed. */
export function hasCache(server: Server): true | string {
  const isOffered = offered(server);
  if (isOffered !== true) return isOffered;
  return server.folders.some(({ type }) => type === 19) || "the server shows no recipient information cache";
}
