import { definePage } from "../define.ts";

/** Rights-managed mail. */
export const rightsManagement = definePage(24, "RightsManagement", {
  RightsManagementSupport: { token: 0x05, type: "flag", since: "14.1", spec: "MS-ASWBXML_R632" },
  RightsManagementTemplates: { token: 0x06, type: "container", since: "14.1", spec: "MS-ASWBXML_R633" },
  RightsManagementTemplate: { token: 0x07, type: "container", since: "14.1", spec: "MS-ASWBXML_R634" },
  RightsManagementLicense: { token: 0x08, type: "container", since: "14.1", spec: "MS-ASWBXML_R635" },
  EditAllowed: { token: 0x09, type: "flag", since: "14.1", spec: "MS-ASWBXML_R636" },
  ReplyAllowed: { token: 0x0a, type: "flag", since: "14.1", spec: "MS-ASWBXML_R637" },
  ReplyAllAllowed: { token: 0x0b, type: "flag", since: "14.1", spec: "MS-ASWBXML_R638" },
  ForwardAllowed: { token: 0x0c, type: "flag", since: "14.1", spec: "MS-ASWBXML_R639" },
  ModifyRecipientsAllowed: { token: 0x0d, type: "flag", since: "14.1", spec: "MS-ASWBXML_R640" },
  ExtractAllowed: { token: 0x0e, type: "flag", since: "14.1", spec: "MS-ASWBXML_R641" },
  PrintAllowed: { token: 0x0f, type: "flag", since: "14.1", spec: "MS-ASWBXML_R642" },
  ExportAllowed: { token: 0x10, type: "flag", since: "14.1", spec: "MS-ASWBXML_R643" },
  ProgrammaticAccessAllowed: { token: 0x11, type: "flag", since: "14.1", spec: "MS-ASWBXML_R644" },
  Owner: { token: 0x12, type: "flag", since: "14.1", spec: "MS-ASWBXML_R645" },
  ContentExpiryDate: { token: 0x13, type: "utc", since: "14.1", spec: "MS-ASWBXML_R646" },
  TemplateID: { token: 0x14, type: "text", since: "14.1", spec: "MS-ASWBXML_R647" },
  TemplateName: { token: 0x15, type: "text", since: "14.1", spec: "MS-ASWBXML_R648" },
  TemplateDescription: { token: 0x16, type: "text", since: "14.1", spec: "MS-ASWBXML_R649" },
  ContentOwner: { token: 0x17, type: "text", since: "14.1", spec: "MS-ASWBXML_R650" },
  RemoveRightsManagementProtection: { token: 0x18, type: "empty", since: "14.1", spec: "MS-ASWBXML_R651" },
});
