import { definePage } from "../define.ts";

/** Ping. */
export const ping = definePage(13, "Ping", {
  Ping: { token: 0x05, type: "container", spec: "MS-ASWBXML_R543" },
  AutdState: { token: 0x06, type: "mixed", mark: "historic" },
  Status: { token: 0x07, type: "byte", spec: "MS-ASWBXML_R545" },
  HeartbeatInterval: { token: 0x08, type: "int", spec: "MS-ASWBXML_R546" },
  Folders: { token: 0x09, type: "container", spec: "MS-ASWBXML_R547" },
  Folder: { token: 0x0a, type: "container", spec: "MS-ASWBXML_R548" },
  Id: { token: 0x0b, type: "text", spec: "MS-ASWBXML_R549" },
  Class: { token: 0x0c, type: "text", spec: "MS-ASWBXML_R550" },
  MaxFolders: { token: 0x0d, type: "int", spec: "MS-ASWBXML_R551" },
  Version: { token: 0x0e, type: "mixed", mark: "historic" },
});
