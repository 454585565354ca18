import { describe, expect, it } from "vitest";
import { type Direction, validate, validateItem } from "../../src/protocol/validate.ts";
import type { ClassName } from "../../src/schema/items.ts";
import type { Version } from "../../src/schema/versions.ts";
import { children } from "../../src/wire/element.ts";
import { parseShown } from "../../src/wire/show.ts";

type Case = [name: string, command: string, direction: Direction, version: Version, dump: string, expected: string[]];

const collection = (inner: string) =>
  `AirSync:Sync\n  AirSync:Collections\n    AirSync:Collection\n${inner.replaceAll(/^/gm, "      ")}`;

const cases: Case[] = [
  ["a first Sync", "Sync", "request", "14.1", collection('AirSync:SyncKey "0"\nAirSync:CollectionId "5"'), []],
  [
    "a Sync with everything in order",
    "Sync",
    "request",
    "14.1",
    collection(`AirSync:SyncKey "1"
AirSync:CollectionId "5"
AirSync:Supported
  Contacts:JobTitle
AirSync:DeletesAsMoves
AirSync:GetChanges
AirSync:WindowSize "600"
AirSync:Options
  AirSync:FilterType "4"
  AirSyncBase:BodyPreference
    AirSyncBase:Type "1"
    AirSyncBase:TruncationSize "200"
AirSync:Commands
  AirSync:Add
    AirSync:ClientId "1"
    AirSync:ApplicationData
      Contacts:FirstName "A"
      Contacts2:NickName "B"`),
    [],
  ],
  [
    "children of Collection in the wrong order",
    "Sync",
    "request",
    "14.1",
    collection('AirSync:CollectionId "5"\nAirSync:SyncKey "0"\nAirSync:WindowSize "5"\nAirSync:GetChanges'),
    ["order AirSync:SyncKey", "order AirSync:GetChanges"],
  ],
  ["no CollectionId", "Sync", "request", "14.1", collection('AirSync:SyncKey "0"'), ["missing AirSync:Collection"]],
  [
    "Class in Collection at 14.0",
    "Sync",
    "response",
    "14.0",
    collection('AirSync:Class "Calendar"\nAirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:Status "1"'),
    ["version AirSync:Class"],
  ],
  [
    "Class in Collection at 12.1",
    "Sync",
    "request",
    "12.1",
    collection('AirSync:Class "Calendar"\nAirSync:SyncKey "1"\nAirSync:CollectionId "5"'),
    [],
  ],
  [
    "Class behind CollectionId at 2.5",
    "Sync",
    "request",
    "2.5",
    collection('AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:Class "Calendar"\nAirSync:GetChanges'),
    [],
  ],
  [
    "Wait and HeartbeatInterval together",
    "Sync",
    "request",
    "14.0",
    'AirSync:Sync\n  AirSync:Wait "5"\n  AirSync:HeartbeatInterval "80"',
    ["condition AirSync:Sync"],
  ],
  [
    "HeartbeatInterval at 12.1",
    "Sync",
    "request",
    "12.1",
    'AirSync:Sync\n  AirSync:HeartbeatInterval "80"',
    ["version AirSync:HeartbeatInterval"],
  ],
  [
    "a bad number, a bad enumeration and an unknown tag",
    "Sync",
    "request",
    "14.1",
    collection(
      'AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:WindowSize "many"\nAirSync:Options\n  AirSync:Conflict "2"\n  AirSync:0x3F',
    ),
    ["value AirSync:WindowSize", "value AirSync:Conflict", "unknown AirSync:0x3F"],
  ],
  [
    "a historic tag",
    "Sync",
    "request",
    "2.5",
    collection('AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:NotifyGUID "x"'),
    ["unknown AirSync:NotifyGUID"],
  ],
  [
    "an id that is too long",
    "Sync",
    "request",
    "14.1",
    collection(`AirSync:SyncKey "${"1".repeat(65)}"\nAirSync:CollectionId "5"`),
    ["value AirSync:SyncKey"],
  ],
  [
    "Responses without a child, and three Options",
    "Sync",
    "response",
    "14.1",
    collection('AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:Status "1"\nAirSync:Responses'),
    ["condition AirSync:Responses"],
  ],
  [
    "properties of two classes in one item",
    "Sync",
    "response",
    "14.1",
    collection(
      'AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:Status "1"\nAirSync:Commands\n  AirSync:Add\n    AirSync:ServerId "1"\n    AirSync:ApplicationData\n      Tasks:Subject "a"\n      Contacts:FirstName "b"',
    ),
    ["unexpected AirSync:ApplicationData"],
  ],
  [
    "a search of the address list",
    "Search",
    "request",
    "14.1",
    'Search:Search\n  Search:Store\n    Search:Name "GAL"\n    Search:Query "anna"\n    Search:Options\n      Search:Range "0-9"',
    [],
  ],
  [
    "a search of mail without its value",
    "Search",
    "request",
    "14.1",
    'Search:Search\n  Search:Store\n    Search:Name "Mailbox"\n    Search:Query\n      Search:And\n        Search:LessThan\n          Email:DateReceived',
    ["missing Search:LessThan"],
  ],
  [
    "an entry of the address list",
    "Find",
    "response",
    "16.1",
    'Find:Find\n  Find:Status "1"\n  Find:Response\n    Find:Status "1"\n    Find:Result\n      Find:Properties\n        GAL:DisplayName "A"\n        GAL:Picture\n          GAL:Status "173"',
    [],
  ],
  ["Find at 16.0", "Find", "request", "16.0", "Find:Find", ["version Find:Find"]],
  ["another root", "Sync", "request", "14.1", "Ping:Ping", ["root Ping:Ping"]],
  ["a value for children", "Sync", "request", "14.1", 'AirSync:Sync "x"', ["content AirSync:Sync"]],
  ["an empty Ping answer", "Ping", "response", "14.1", "Ping:Ping", ["missing Ping:Ping"]],
  [
    "folders of a Ping answer as text",
    "Ping",
    "response",
    "14.1",
    'Ping:Ping\n  Ping:Status "2"\n  Ping:Folders\n    Ping:Folder "5"\n    Ping:Folder "6"',
    [],
  ],
  [
    "Class in the Collection of an estimate",
    "GetItemEstimate",
    "response",
    "14.1",
    'GetItemEstimate:GetItemEstimate\n  GetItemEstimate:Response\n    GetItemEstimate:Status "1"\n    GetItemEstimate:Collection\n      GetItemEstimate:Class "Email"\n      GetItemEstimate:CollectionId "5"\n      GetItemEstimate:Estimate "1"',
    ["version GetItemEstimate:Class"],
  ],
  [
    "the status behind the key",
    "FolderSync",
    "response",
    "16.1",
    'FolderHierarchy:FolderSync\n  FolderHierarchy:SyncKey "1"\n  FolderHierarchy:Status "1"',
    ["order FolderHierarchy:Status"],
  ],
  [
    "the policy that asks nothing",
    "Provision",
    "response",
    "14.1",
    'Provision:Provision\n  Settings:DeviceInformation\n    Settings:Status "1"\n  Provision:Status "1"\n  Provision:Policies\n    Provision:Policy\n      Provision:PolicyType "MS-EAS-Provisioning-WBXML"\n      Provision:Status "1"\n      Provision:PolicyKey "1"\n      Provision:Data\n        Provision:EASProvisionDoc\n          Provision:DevicePasswordEnabled "0"',
    [],
  ],
  [
    "addresses of the user where 14.1 has accounts",
    "Settings",
    "response",
    "14.1",
    'Settings:Settings\n  Settings:Status "1"\n  Settings:UserInformation\n    Settings:Status "1"\n    Settings:Get\n      Settings:EmailAddresses\n        Settings:SMTPAddress "a@b.c"',
    ["version Settings:EmailAddresses"],
  ],
  [
    "a fetched item",
    "ItemOperations",
    "response",
    "14.1",
    'ItemOperations:ItemOperations\n  ItemOperations:Status "1"\n  ItemOperations:Response\n    ItemOperations:Fetch\n      ItemOperations:Status "1"\n      AirSync:CollectionId "5"\n      AirSync:ServerId "5:1"\n      AirSync:Class "Contacts"\n      ItemOperations:Properties\n        Contacts:FirstName "A"',
    [],
  ],
  [
    "moves of items",
    "MoveItems",
    "response",
    "12.1",
    'Move:MoveItems\n  Move:Response\n    Move:SrcMsgId "1"\n    Move:Status "3"\n    Move:DstMsgId "2"',
    [],
  ],
];

describe("a document", () => {
  it.each(cases)("%s", (_, command, direction, version, dump, expected) => {
    expect(validate(command, direction, version, parseShown(dump)).map(brief)).toEqual(expected);
  });

  it("names the requirement, the path and the ordinal of what is wrong", () => {
    const dump = collection(
      'AirSync:SyncKey "1"\nAirSync:CollectionId "5"\nAirSync:Commands\n  AirSync:Fetch\n    AirSync:ServerId "1"\n  AirSync:Fetch',
    );
    const [violation] = validate("Sync", "request", "14.1", parseShown(dump));
    expect(violation).toEqual({
      path: "AirSync:Sync/AirSync:Collections/AirSync:Collection/AirSync:Commands/AirSync:Fetch[2]",
      rule: "missing",
      message: "AirSync:ServerId is not there",
      spec: "MS-ASCMD_R2601",
    });
  });
});

type ItemCase = [
  name: string,
  itemClass: ClassName,
  direction: Direction,
  version: Version,
  dump: string,
  expected: string[],
];

const items: ItemCase[] = [
  [
    "an event",
    "Calendar",
    "response",
    "14.1",
    'Calendar:Timezone "AAAA"\nCalendar:StartTime "20260102T030405Z"\nCalendar:EndTime "20260102T040405Z"\nCalendar:Subject\nCalendar:Reminder\nCalendar:Attendees\n  Calendar:Attendee\n    Calendar:Email "a@b.c"\n    Calendar:Name "A"\n    Calendar:AttendeeStatus "3"',
    [],
  ],
  [
    "a dashed time in an event",
    "Calendar",
    "response",
    "14.1",
    'Calendar:StartTime "2026-01-02T03:04:05.000Z"',
    ["value Calendar:StartTime"],
  ],
  ["a month 13", "Calendar", "response", "14.1", 'Calendar:StartTime "20261302T030405Z"', ["value Calendar:StartTime"]],
  [
    "a compact time in a task",
    "Tasks",
    "response",
    "14.1",
    'Tasks:DueDate "20260102T030405Z"',
    ["value Tasks:DueDate"],
  ],
  [
    "a compact Until in a task",
    "Tasks",
    "response",
    "14.1",
    'Tasks:Recurrence\n  Tasks:Type "0"\n  Tasks:Start "2026-01-02T00:00:00.000Z"\n  Tasks:Until "20260102T030405Z"',
    ["value Tasks:Until"],
  ],
  [
    "working elsewhere, down at 14.1",
    "Calendar",
    "response",
    "14.1",
    'Calendar:BusyStatus "4"',
    ["value Calendar:BusyStatus"],
  ],
  ["working elsewhere, down at 16.0", "Calendar", "response", "16.0", 'Calendar:BusyStatus "4"', []],
  [
    "working elsewhere, up at 16.0",
    "Calendar",
    "request",
    "16.0",
    'Calendar:BusyStatus "4"',
    ["value Calendar:BusyStatus"],
  ],
  ["UID up at 16.0", "Calendar", "request", "16.0", 'Calendar:UID "x"', ["version Calendar:UID"]],
  ["UID up at 14.1", "Calendar", "request", "14.1", 'Calendar:UID "x"', []],
  [
    "Location of page 4 at 16.1",
    "Calendar",
    "response",
    "16.1",
    'Calendar:Location "x"',
    ["version Calendar:Location"],
  ],
  [
    "a monthly series with what belongs to a weekly one",
    "Calendar",
    "response",
    "12.1",
    'Calendar:Recurrence\n  Calendar:Type "2"\n  Calendar:DayOfWeek "2"',
    ["condition Calendar:Recurrence", "condition Calendar:Recurrence"],
  ],
  [
    "a monthly series without its calendar at 14.0",
    "Calendar",
    "response",
    "14.0",
    'Calendar:Recurrence\n  Calendar:Type "2"\n  Calendar:DayOfMonth "2"',
    ["condition Calendar:Recurrence"],
  ],
  [
    "exceptions in the old style",
    "Calendar",
    "response",
    "14.1",
    'Calendar:Exceptions\n  Calendar:Exception\n    Calendar:Deleted "1"\n    Calendar:ExceptionStartTime "20260102T030405Z"\n  Calendar:Exception\n    Calendar:UID "x"\n    Calendar:ExceptionStartTime "20260103T030405Z"',
    ["unexpected Calendar:UID"],
  ],
  [
    "attendees of an exception at 12.1",
    "Calendar",
    "response",
    "12.1",
    'Calendar:Exceptions\n  Calendar:Exception\n    Calendar:ExceptionStartTime "20260103T030405Z"\n    Calendar:Attendees',
    ["version Calendar:Attendees"],
  ],
  [
    "an exception without its instance at 16.1",
    "Calendar",
    "response",
    "16.1",
    'Calendar:Exceptions\n  Calendar:Exception\n    Calendar:Subject "x"',
    ["missing Calendar:Exception"],
  ],
  [
    "Preview before Data",
    "Contacts",
    "response",
    "14.1",
    'AirSyncBase:Body\n  AirSyncBase:Type "1"\n  AirSyncBase:Preview "x"\n  AirSyncBase:Data "y"',
    ["order AirSyncBase:Data"],
  ],
  [
    "a body at 2.5",
    "Contacts",
    "response",
    "2.5",
    'Contacts:Body "x"\nAirSyncBase:Body\n  AirSyncBase:Type "1"',
    ["version AirSyncBase:Body"],
  ],
  [
    "an empty birthday, down",
    "Contacts",
    "response",
    "14.1",
    "Contacts:Birthday\nContacts:FirstName",
    ["empty Contacts:Birthday"],
  ],
  ["an empty birthday, up", "Contacts", "request", "14.1", "Contacts:Birthday\nContacts:FirstName", []],
  [
    "a name twice",
    "Contacts",
    "request",
    "14.1",
    'Contacts:FirstName "a"\nContacts:FirstName "b"',
    ["repeated Contacts:FirstName[2]"],
  ],
  ["a note at 12.1", "Notes", "response", "12.1", 'Notes:Subject "a"', ["version Notes:Subject"]],
];

describe("an item", () => {
  it.each(items)("%s", (_, itemClass, direction, version, dump, expected) => {
    const elements = children(parseShown(`AirSync:ApplicationData\n${dump.replaceAll(/^/gm, "  ")}`));
    expect(validateItem(itemClass, direction, version, elements).map(brief)).toEqual(expected);
  });
});

function brief(violation: { path: string; rule: string }): string {
  return `${violation.rule} ${violation.path.slice(violation.path.lastIndexOf("/") + 1)}`;
}
