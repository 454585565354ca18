import { expect, it } from "vitest";
import { clients } from "../../mappings/clients.ts";
import { clientOf } from "./client.ts";

it("a client that handles one folder of a class is known as such", () => {
  const every = ["Calendar", "Contacts", "Tasks", "Notes"];
  const expected: readonly (readonly [deviceType: string, userAgent: string, readonly string[]])[] = [
    ["Android", "Android/0.3", every],
    ["Android", "MOTOROLA-Droid(4D6F7869SAM)/2.1707", every],
    ["Android", "Android/4.1.2-EAS-1.3", every],
    ["Android", "Android/4.3.1-EAS-1.3", every],
    ["Android", "Android/4.4.2-EAS-1.3", ["Contacts", "Tasks", "Notes"]],
    ["Android", "Android/10-EAS-2.0", ["Contacts", "Tasks", "Notes"]],
    ["Android", "Android-Mail/7.5.7.156101332.release", []],
    ["Android", "Android-Mail/2020.11.29.346182102.Release", []],
    ["Android", "TouchDown(MSRPC)/7.1.0005", []],
    ["SAMSUNGSMN900V", "SAMSUNG-SM-N900V/101.403", every],
    ["HTCOnemini2", "HTC", every],
    ["PocketPC", "MSFT-PPC/5.2.5082", every],
    ["SmartPhone", "MSFT-SPhone/5.2.5081", every],
    ["WP", "MSFT-WP/7.10.8773", []],
    ["WP8", "MSFT-WP/8.0.10211", ["Calendar", "Contacts"]],
    ["WP8", "MSFT-WP/8.10.14219", ["Contacts"]],
    ["WindowsOutlook15", "Outlook/15.0 (15.0.4615.1000; MSI; x86)", ["Contacts"]],
    ["WindowsOutlook", "Outlook/16.0 (16.0.14326.20454; C2R; x64)", ["Contacts"]],
    ["Outlook", "Outlook-iOS-Android/1.0", []],
    ["iPod", "Apple-iPod5C1/1102.55400001", ["Notes"]],
    ["iPhone", "iOS/6.1.3 (10B329)", ["Notes"]],
    ["TbSync", "Thunderbird ActiveSync", []],
    ["", "", []],
  ];
  for (const [deviceType, userAgent, singleFolder] of expected) {
    const profile = clients.profileOf(clientOf({ deviceType, userAgent }));
    expect(profile.singleFolder, `${deviceType} ${userAgent}`).toEqual(singleFolder);
  }
});
