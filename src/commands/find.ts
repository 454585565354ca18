/** Find: what Search is to devices of 16.1, by KQL and with ServerIds (MS-ASCMD 2.2.1.2). */
import { BackendError, EasError, HttpError } from "../errors.ts";
import { displayList } from "../mapping/mail/addresses.ts";
import { parseRange, type ResultRange } from "../protocol/search-request.ts";
import { utc, zoneNamed } from "../protocol/zones.ts";
import { atLeast } from "../schema/versions.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import { fingerprint } from "../sync/ids.ts";
import { criterionOf } from "../sync/search/criteria.ts";
import { foldersToSearch } from "../sync/search/folders.ts";
import type { ShownHit } from "../sync/search/page.ts";
import { keptResults, newResults, readResults, type SearchName } from "../sync/search/results.ts";
import { mostHits } from "../sync/search/search.ts";
import { readDeviceRecords } from "../sync/session.ts";
import { child, children, childrenNamed, childText, type Element, element, type QName, text } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import type { CommandRequest, Handler } from "./handler.ts";

/** MS-ASCMD 2.2.3.177.2. */
const status = { success: 1, invalid: 2, foldersMoved: 3, startWithRangeZero: 4 } as const;

/** Results of one answer: fewer than asked for may be sent (MS-ASCMD_R37071816). */
const mostResults = 100;

/** Nothing of the text but its beginning, in characters (MS-ASCMD_R6978101702). */
const preview = { type: 2, truncationSize: 0, preview: 255 } as const;

export const find: Handler = async (request) => {
  const { body, session, note } = request;
  if (!atLeast(session.version, "16.1")) throw new HttpError(501, `Find in ${session.version}`);
  if (body?.name !== "Find:Find") throw new EasError(103, "no Find document");
  try {
    return answer(await respond(request, body));
  } catch (error) {
    if (session.signal.aborted || (error instanceof BackendError && error.kind === "auth")) throw error;
    if (error instanceof BackendError) throw new EasError(111, error.message, { cause: error });
    if (!(error instanceof EasError) || error.status > 100) throw error;
    note({ status: error.status });
    if (error.status === status.foldersMoved) return element("Find:Find", [element("Find:Status", error.status)]);
    return answer([element("Find:Status", error.status)]);
  }
};

function answer(response: readonly Element[]): Element {
  return element("Find:Find", [
    element("Find:Status", status.success),
    // MS-ASCMD_R45251807.
    element("Find:Response", [element("ItemOperations:Store", "Mailbox"), ...response]),
  ]);
}

async function respond({ session, note }: CommandRequest, body: Element): Promise<readonly Element[]> {
  const searchId = childText(body, "Find:SearchId") ?? "";
  const [criterion, ...others] = children(child(body, "Find:ExecuteSearch") ?? element("Find:ExecuteSearch", []));
  const query = criterion && child(criterion, "Find:Query");
  // There is no address list to be searched.
  if (searchId === "" || criterion?.name !== "Find:MailBoxSearchCriterion" || !query || others.length > 0)
    throw new EasError(status.invalid, "no search of the mailbox");
  const options = child(criterion, "Find:Options");
  const range = rangeIn(options);
  const isDeep = options !== undefined && child(options, "Find:DeepTraversal") !== undefined;
  const { words, named } = readQuery(query);
  const known = foldersIn(await readDeviceRecords(session), session);
  const folders = await foldersToSearch(session, known, { named, isDeep });
  if (!folders) throw new EasError(status.foldersMoved, "the device knows no such folder");
  const { now, settings } = session.services;
  const moment = { now: now(), zone: zoneNamed(settings.zone) ?? utc };
  const name: SearchName = {
    command: "find",
    asked: fingerprint(Buffer.concat([Buffer.from(`${searchId} ${isDeep} `), encodeFragment(query)])),
  };
  const results =
    range.first === 0
      ? await newResults(session, name, folders, criterionOf(words, moment) ?? { is: "and", of: [] })
      : await keptResults(session, name);
  // MS-ASCMD_R3707101814.
  if (!results) throw new EasError(status.startWithRangeZero, "results of a search that was not begun");
  const page = { ...range, known, options: { bodyPreferences: [preview] } };
  const { shown, total } = await readResults(session, name, results, page);
  note({ folders: folders.length, results: shown.length, total });
  return [
    element("Find:Status", status.success),
    ...shown.map(resultOf),
    shown.length === 0 ? undefined : element("Find:Range", `${range.first}-${range.first + shown.length - 1}`),
    element("Find:Total", total),
  ].flatMap((one) => one ?? []);
}

/** @throws EasError 2 for what is no range (MS-ASCMD_R37071812). */
function rangeIn(options: Element | undefined): ResultRange {
  const said = options && childText(options, "Find:Range");
  const range = said === undefined ? { first: 0, last: mostResults - 1 } : parseRange(said);
  if (!range || range.last >= mostHits) throw new EasError(status.invalid, "a Range that is none");
  return { first: range.first, last: Math.min(range.last, range.first + mostResults - 1) };
}

/** @throws EasError 2 for a query of anything but mail (MS-ASCMD_R901100613), or of what no Query holds. */
function readQuery(query: Element): { readonly words: string; readonly named: readonly string[] } {
  const parts = (["AirSync:Class", "AirSync:CollectionId", "Find:FreeText"] as const).map((name) =>
    childrenNamed(query, name),
  );
  const [classes = [], collections = [], words = []] = parts;
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  if (count < children(query).length || parts.some(({ length }) => length > 1) || !words[0])
    throw new EasError(status.invalid, "a Query that is none");
  if (classes.some((named) => text(named) !== "Email"))
    throw new EasError(status.invalid, "a search for what is no mail");
  return { words: text(words[0]), named: collections.map(text) };
}

/** What a result shows of a message: the Email tags as a Sync does (MS-ASCMD_R36841704). */
const shownTags: readonly QName[] = [
  "Email:Subject",
  "Email:DateReceived",
  "Email:DisplayTo",
  "Find:DisplayCc",
  "Find:DisplayBcc",
  "Email:Importance",
  "Email:Read",
  "Email2:IsDraft",
  "Find:Preview",
  "Find:HasAttachments",
  "Email:From",
];

function resultOf({ folder, id, head, elements }: ShownHit): Element {
  const body = elements.find(({ name }) => name === "AirSyncBase:Body");
  const beginning = body && childText(body, "AirSyncBase:Preview");
  const [cc, bcc] = [displayList(head.cc), displayList(head.bcc)];
  const properties = [
    ...elements.filter(({ name }) => shownTags.includes(name)),
    ...(cc === undefined ? [] : [element("Find:DisplayCc", cc)]),
    ...(bcc === undefined ? [] : [element("Find:DisplayBcc", bcc)]),
    ...(beginning === undefined ? [] : [element("Find:Preview", beginning)]),
    element("Find:HasAttachments", hasFiles(elements) ? 1 : 0),
  ];
  return element("Find:Result", [
    element("AirSync:Class", "Email"),
    element("AirSync:ServerId", id),
    element("AirSync:CollectionId", folder.id),
    element(
      "Find:Properties",
      properties.toSorted((one, two) => shownTags.indexOf(one.name) - shownTags.indexOf(two.name)),
    ),
  ]);
}

/** Pictures that the text shows are no files to whoever reads it. */
function hasFiles(elements: readonly Element[]): boolean {
  const files = elements.find(({ name }) => name === "AirSyncBase:Attachments");
  return files !== undefined && children(files).some((file) => !child(file, "AirSyncBase:IsInline"));
}
