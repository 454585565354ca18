/** What a phone's edit leaves alone, on the servers that write every text anew. */
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";
import { describeUntouched, type UntouchedOptions } from "../untouched/untouched.ts";

const cases: UntouchedOptions["cases"] = [
  ["2.5", 0],
  ["12.1", 1],
  ["14.0", 2],
  ["14.1", 0],
  ["16.1", 1],
  ["16.1", 2],
];

describeUntouched({
  name: "DAViCal",
  start: () => startDavical(),
  cases,
  knowsAddresses: true,
  // 500: they hold octets that its database does not take.
  refused: ["fixture-contacts-odd", "fixture-tasks-odd"],
});
describeUntouched({
  name: "Cyrus",
  start: () => startCyrus(),
  cases,
  knowsAddresses: true,
  // In lists an escaped comma loses its backslash there, and what was one category is two to its GET.
  reportsOtherwise: "CATEGORIES",
  // Not valid to its parser: control characters, a date for a time, an end that is the start, more than RFC 5546 allows.
  refused: [
    "calendar-odd-folds",
    "contacts-odd-folds",
    "fixture-calendar-no-end",
    "fixture-calendar-outlook-monthly",
    "fixture-contacts-odd",
    "fixture-contacts-vcard21",
    "fixture-notes-jtx-note",
    "fixture-notes-odd",
    "fixture-notes-radicale-lf",
    "fixture-tasks-odd",
  ],
});
