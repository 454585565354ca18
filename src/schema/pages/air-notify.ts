import { definePage } from "../define.ts";

/** SMS notifications of the first devices. Never published; read and ignored, never sent. */
export const airNotify = definePage(3, "AirNotify", {
  Notify: { token: 0x05, type: "mixed", mark: "historic" },
  Notification: { token: 0x06, type: "mixed", mark: "historic" },
  Version: { token: 0x07, type: "mixed", mark: "historic" },
  Lifetime: { token: 0x08, type: "mixed", mark: "historic" },
  DeviceInfo: { token: 0x09, type: "mixed", mark: "historic" },
  Enable: { token: 0x0a, type: "mixed", mark: "historic" },
  Folder: { token: 0x0b, type: "mixed", mark: "historic" },
  ServerEntryId: { token: 0x0c, type: "mixed", mark: "historic" },
  DeviceAddress: { token: 0x0d, type: "mixed", mark: "historic" },
  ValidCarrierProfiles: { token: 0x0e, type: "mixed", mark: "historic" },
  CarrierProfile: { token: 0x0f, type: "mixed", mark: "historic" },
  Status: { token: 0x10, type: "mixed", mark: "historic" },
  Replies: { token: 0x11, type: "mixed", mark: "historic" },
  Devices: { token: 0x12, type: "mixed", mark: "historic" },
  Device: { token: 0x13, type: "mixed", mark: "historic" },
  Id: { token: 0x14, type: "mixed", mark: "historic" },
  Expiry: { token: 0x15, type: "mixed", mark: "historic" },
  NotifyGUID: { token: 0x16, type: "mixed", mark: "historic" },
});
