/**
 * What users of EAS servers have complained of, most damaging first: in their words, where it can be read, and what has
 * to hold for us. The suites beside this file are titled by it; `npm run generate` makes README.md of both.
 */

export interface Complaint {
  /** As the suites name it. */
  readonly number: number;
  readonly said: string;
  /** Where it can be read in public. */
  readonly source: string;
  readonly holds: string;
  /** Tests elsewhere that go further, as `file: title`. */
  readonly more?: readonly string[];
  /** What of it waits for mail, or for the management of devices. */
  readonly later?: string;
}

export const complaints: readonly Complaint[] = [
  {
    number: 1,
    said: "a draft that was saved once went up 190,000 times and filled the disk",
    source: "mailcow-dockerized #1203, #1310, #1342",
    holds:
      "An item that goes up again is the item that is there, though its answers were lost or its phone started over. A phone that makes like items without end is refused after twenty of them, and its other items are not.",
    more: [
      "trouble/brakes: may not make the same item without end",
      "sync/others-edits: an item whose Add was never answered is recognised where another client has moved it to",
      "mail/drafts: a draft that goes up again and again unheard is one, and one that goes up without end is refused",
      "mail/drafts: a phone that never asks again leaves no second draft",
    ],
  },
  {
    number: 2,
    said: "a loop about a reminder made 104,505 tasks",
    source: "mailcow-dockerized #3019",
    holds: "The same holds for tasks; the log says which phone it is, and which list.",
  },
  {
    number: 3,
    said: "sync never settles: the server is at 100 %, and the battery is flat",
    source: "mailcow-dockerized #5045, #4857, #722; bugs.sogo.nu 5872",
    holds:
      "A Sync without a change costs one question, however much there is. An edit is told once and then no more, on a server that rewrites what it stores too. Who asks the same without end is answered more slowly.",
    more: ["trouble/brakes: is answered more slowly when it asks the same again and again"],
  },
  {
    number: 4,
    said: "phones that wait eat all workers, and web mail goes down with them",
    source: "mailcow-dockerized #5655, #2266, #2409; mailcow #432",
    holds:
      "Waiting costs memory only, in one process; others are answered beside it. The bench has ten thousand phones wait.",
    more: ["commands/ping: costs the backend nothing for each further phone of the user"],
  },
  {
    number: 5,
    said: "an event that was edited on a Samsung vanishes from the phone",
    source: "tine20 #3845",
    holds: "Attendees that a phone leaves out remove neither the owner nor the organizer.",
    more: ["mapping/calendar-meetings: loses nothing of the organizer's by omission"],
  },
  {
    number: 6,
    said: "the calendar appears and disappears; contacts vanish once the calendar is added",
    source: "Z-Hub/Z-Push #156, #154; tine20 #5243",
    holds:
      "Folders and items keep their ids. What cannot be listed is as it was, and takes no other collection along. Most of a collection gone at once, or every collection, is asked for again before it is believed.",
    more: [
      "trouble/brakes: is asked again half a minute later, and believed then",
      "sync/merged: a book that comes, and one that goes, changes the folder and not its id; what stays is not sent again",
    ],
  },
  {
    number: 7,
    said: "a refresh in the Gmail app empties the mailbox and loads it all again",
    source: "Z-Hub/Z-Push #176",
    holds: "FolderSync 0 gives the same folders under the same ids, and leaves the state of their items alone.",
    more: ["trouble/folders: 0 tells the same ids again, and keeps the collections' keys and items"],
  },
  {
    number: 8,
    said: "Outlook is a new device at each start: empty until it has synced, and the list of devices fills",
    source: "Z-Hub/Z-Push #167",
    holds:
      "Ids are those of the user's items, not of the device. A new device is through its contacts in two requests, and nothing is made again.",
    later: "That records of devices which never come back expire belongs to the management of devices.",
  },
  {
    number: 9,
    said: "a moved occurrence of a series disappears, or all of its exceptions are lost",
    source: "tine20 #3801; fmbiete/PHP-Push-2 #44",
    holds: "Moved and deleted occurrences cross both ways, in every version, and an edit of the series leaves them.",
    more: [
      "mapping/calendar-series: a move makes an override that has all of the series but its rule",
      "mapping/calendar-series: up to 14.1 takes its exceptions along",
    ],
  },
  {
    number: 10,
    said: "duplicate key: events are missing, and new ones never reach the phone",
    source: "mailcow-dockerized #6183, #1414; bugs.sogo.nu 6055",
    holds:
      "A request that comes several times at once is done once. An item that fails stops neither the others nor its folder, and what a server lists twice is one.",
    more: [
      "trouble/brakes: an item that the server fails at is refused in the end, and the others are not held up by it",
    ],
  },
  {
    number: 11,
    said: "invitations come twice, late, as accepted, or not at all",
    source: "Z-Hub/Z-Push #136; Z-Push-contrib #136, #108; outlookcaldavsynchronizer #391, #157; PHP-Push-2 #29",
    holds:
      "One UID is one event, whoever adds it first. Nobody has accepted by being synced. A meeting is stored once, so that a server with scheduling invites once.",
    later:
      "The invitation as a mail, MeetingResponse, and who mails it where phone and server both would, come with mail.",
  },
  {
    number: 12,
    said: "sync of a large folder stalls at 512 items, takes 2 GB, or stops at one of them",
    source: "Z-Push-contrib #296, #118, #6, #183, #191, #157; Z-Hub/Z-Push PR #4",
    holds:
      "A folder crosses in windows with one window of it in hand; its list is asked for once. An item that cannot be shown, or that the phone chokes on, is set aside and named in the log.",
    more: [
      "trouble/brakes: gets the others, and that one again when it changes",
      "mail/nasty: nasty messages are opened",
    ],
  },
  {
    number: 13,
    said: "push stops once the iPhone sleeps, and mail arrives on opening the app only",
    source: "Z-Hub/Z-Push #146; mailcow-dockerized #2599, #4327",
    holds:
      "What came while nobody listened is told by the next wait. A proxy that cuts waits is noticed, and the phone is asked for shorter ones. The gateway itself cuts none.",
    more: ["trouble/keys: lowers what the next Ping may ask for, and raises it again"],
  },
  {
    number: 14,
    said: "the phone is told to provision again and again",
    source: "Z-Hub/Z-Push #43; mailinabox #2096, #190; grommunio-sync #26",
    holds: "The two phases end, lost answers or not. No answer asks for them again before the policy is another one.",
  },
  {
    number: 15,
    said: 'the Gmail app says "security settings" and adds no account',
    source: "tine20 #7108; mailcow-dockerized #3132; mailinabox #2181",
    holds: "The account is there, provisioned or not. A real Gmail app was not tried.",
  },
  {
    number: 16,
    said: "setting up an account asks for the right to erase the phone",
    source: "mailcow-dockerized #2584; mailinabox #607",
    holds:
      "Unless it is configured otherwise the policy asks for nothing. From 16.1 on the account alone is wiped, and the configuration can forbid any other wipe.",
  },
  {
    number: 17,
    said: "clients speak 16.1 only, and the server stops working with them",
    source: "EAS-4-TbSync #300, #303, #349; Z-Hub/Z-Push #15",
    holds: "16.1 is offered, and the four classes live a day on it; mail has its drafts and its search.",
    more: ["mail/drafts: another client's edit of the same draft wins or loses as the phone chose, and is told"],
  },
  {
    number: 18,
    said: "times are off by an hour, all-day events a day early, birthdays a day off",
    source: "Z-Push-contrib #286; groupoffice #478; EAS-4-TbSync PR #324; tine20 #5032",
    holds:
      "Series keep their hour through the switch of the clocks, days and birthdays their day, in zones east and west, for phones that send no zone too.",
    more: [
      "clients/birthdays: the day of a birthday is the same on phone and server, in every zone",
      "mapping/calendar-zones: has the rules of today: in 2005 America switched on other days",
    ],
  },
  {
    number: 19,
    said: "umlauts are broken, Asian text is garbage, and a control character breaks the sync",
    source: "tine20 #4373, #1508; Z-Push-contrib #142, #156; mailcow #211",
    holds:
      "Every letter comes through in all classes and versions, whatever charset a mail is in; what XML or a file cannot hold is left out, and its item is not. What a phone sends goes out octet for octet.",
  },
  {
    number: 20,
    said: "search on iOS finds nothing, or what it finds cannot be opened",
    source: "Z-Hub/Z-Push #141",
    holds:
      "A search asks the server, and what it finds is opened though the phone was never sent it. What has left the phone's window can be fetched by its id.",
    more: [
      "commands/search: a hit is opened by its LongId, with its files, and is the message that a Sync tells of",
      "commands/find: finds by properties, shows a preview, and what it finds is opened by its ServerId",
      "mail/searching: umlauts, folders within folders, pages; a hit outside of the window is opened, and its file fetched",
    ],
  },
  {
    number: 21,
    said: "contacts lose fields, a second number, their photo, their name, or are there twice",
    source: "mailcow-dockerized #647, #2964; PHP-Push-2 #81, #85",
    holds:
      "An edit changes what it names and no other line. A card that names nobody is shown by its company, address or number.",
  },
  {
    number: 22,
    said: "iOS cannot send: the login has no domain, and aliases are not offered",
    source: "Z-Hub/Z-Push #185; mailcow-dockerized #22",
    holds:
      "UserInformation has the account's real addresses, whatever was typed as the login. Mail goes out under any of them, and under no other.",
    more: [
      "commands/send-mail: goes out under any of the user's own addresses",
      "commands/send-mail: writes the user's address over another's (MS-ASCMD_R448)",
    ],
  },
  {
    number: 23,
    said: 'shared calendars are read-only, without reminders, all called "Calendar", or not there',
    source: "mailcow-dockerized #2110, #1631, #545, #3933; tine20 #5268, #5422; Z-Push-contrib #184",
    holds:
      "Each is there once, says whose it is, has its reminders, and may be written as far as its rights go; what may not be is undone on the phone. A new one wakes the phone.",
    more: [
      "trouble/folders: have names of one line, none empty, none twice, none endless",
      "mail/story: the mailboxes are its folders, by what they are for",
    ],
  },
  {
    number: 24,
    said: "status 12 is ignored, a folder whose parent is unknown blocks the list, a restart is a full resync",
    source: "wiki.horde.org BrokenClientBehavior; groupoffice #1130; Z-Hub/Z-Push #52; grommunio-sync #8",
    holds:
      "Whoever ignores Status 12 is told so again, and is mended by a FolderSync. Parents come first. Keys outlive a restart.",
  },
  {
    number: 25,
    said: "setting it up is guesswork: the same password everywhere, addresses in the wrong case, 404",
    source:
      "help.nextcloud.com t/5688; nextcloud/server #35279, calendar #2320, mail #336; Baikal #29; z-push_ynh #29, #76; mailinabox #266, #256; Z-Hub/Z-Push #137; wiki.horde.org KnownIssues",
    holds:
      "A doctor says what is wrong and how to mend it. Phones find it by the mail address. The address is taken in any case. The password is the server's, an app password too, and a new one loses nothing. Mail is filed where the server files it.",
    later: "Passwords of one device alone: where the server behind has app passwords, they are that.",
  },
];
