/** What a phone's edit leaves alone, on the servers of `npm test` and on the twin. */
import { startRadicale } from "../servers/radicale.ts";
import { startXandikos } from "../servers/xandikos.ts";
import { describeUntouched } from "../untouched/untouched.ts";

describeUntouched({
  name: "Radicale",
  start: () => startRadicale(),
  knowsAddresses: false,
  cases: [
    ["14.1", 1],
    ["16.1", 0],
  ],
  // Its parser does not get through them: 400.
  refused: [
    "contacts-outlook-export",
    "fixture-calendar-flight-two-zones",
    "fixture-calendar-orphan-instances",
    "fixture-contacts-odd",
    "fixture-contacts-outlook",
    "fixture-contacts-vcard21",
    "fixture-notes-odd",
    "fixture-notes-radicale-lf",
    "fixture-tasks-odd",
  ],
});
describeUntouched({
  name: "Xandikos",
  start: () => startXandikos(),
  knowsAddresses: false,
  cases: [
    ["2.5", 0],
    ["12.1", 1],
    ["14.0", 2],
    ["14.1", 0],
    ["16.1", 1],
    ["16.1", 2],
  ],
  // It takes them, and has no such item when it is asked for it.
  refused: ["fixture-contacts-odd", "fixture-notes-odd", "fixture-tasks-odd"],
});
