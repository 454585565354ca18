import { definePage } from "../define.ts";

/** FolderSync, FolderCreate, FolderUpdate, FolderDelete. */
export const folderHierarchy = definePage(7, "FolderHierarchy", {
  Folders: { token: 0x05, type: "container", until: "12.1", spec: "MS-ASWBXML_R826" },
  Folder: { token: 0x06, type: "container", until: "12.1", spec: "MS-ASWBXML_R827" },
  DisplayName: { token: 0x07, type: "text", spec: "MS-ASWBXML_R254" },
  ServerId: { token: 0x08, type: "text", max: 64, spec: "MS-ASWBXML_R255" },
  ParentId: { token: 0x09, type: "text", max: 64, spec: "MS-ASWBXML_R260" },
  Type: { token: 0x0a, type: "byte", spec: "MS-ASWBXML_R261" },
  Response: { token: 0x0b, type: "mixed", mark: "historic" },
  Status: { token: 0x0c, type: "byte", spec: "MS-ASWBXML_R262" },
  ContentClass: { token: 0x0d, type: "mixed", mark: "historic" },
  Changes: { token: 0x0e, type: "container", spec: "MS-ASWBXML_R263" },
  Add: { token: 0x0f, type: "container", spec: "MS-ASWBXML_R264" },
  Delete: { token: 0x10, type: "container", spec: "MS-ASWBXML_R265" },
  Update: { token: 0x11, type: "container", spec: "MS-ASWBXML_R266" },
  SyncKey: { token: 0x12, type: "text", max: 64, spec: "MS-ASWBXML_R267" },
  FolderCreate: { token: 0x13, type: "container", spec: "MS-ASWBXML_R268" },
  FolderDelete: { token: 0x14, type: "container", spec: "MS-ASWBXML_R269" },
  FolderUpdate: { token: 0x15, type: "container", spec: "MS-ASWBXML_R270" },
  FolderSync: { token: 0x16, type: "container", spec: "MS-ASWBXML_R271" },
  Count: { token: 0x17, type: "uint", spec: "MS-ASWBXML_R272" },
  Version: { token: 0x18, type: "mixed", mark: "historic" },
});
