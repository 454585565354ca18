/**
 * Search: mail of the mailbox, also what the device does not hold (MS-ASCMD 2.2.1.16). There is no address list and no
 * document library; items of other classes are not searched.
 */
import type { Criterion } from "../backends/mail.ts";
import { BackendError, EasError } from "../errors.ts";
import { type MailboxQuery, parseMailboxQuery, parseRange, type ResultRange } from "../protocol/search-request.ts";
import { utc, zoneNamed } from "../protocol/zones.ts";
import { atLeast } from "../schema/versions.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import { fingerprint } from "../sync/ids.ts";
import { conversationCriterion, syncedFolders } from "../sync/mail/conversation.ts";
import type { StickyOptions } from "../sync/records.ts";
import { criterionOf } from "../sync/search/criteria.ts";
import { foldersToSearch } from "../sync/search/folders.ts";
import type { ShownHit } from "../sync/search/page.ts";
import { keptResults, newResults, readResults, type SearchName } from "../sync/search/results.ts";
import { mostHits } from "../sync/search/search.ts";
import { readDeviceRecords, type Session } from "../sync/session.ts";
import { child, children, childText, type Element, element } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import { bodyOptions } from "./body-options.ts";
import type { CommandRequest, Handler } from "./handler.ts";

/** The statuses of a store (MS-ASCMD 2.2.3.177.13). */
const status = {
  success: 1,
  invalid: 2,
  serverError: 3,
  notFound: 6,
  unreachable: 7,
  tooComplex: 8,
  timedOut: 10,
  foldersMoved: 11,
  endOfRange: 12,
} as const;

/** Results of one answer, where the device names no other range (MS-ASCMD_R3733). */
const mostResults = 100;

/** Octets of a text in a list of results, and where the device asks for no certain form. */
const bodyOctets = { most: 32_768, usual: 1_024 } as const;

export const search: Handler = async (request) => {
  const { body, session, note } = request;
  const store = body?.name === "Search:Search" ? child(body, "Search:Store") : undefined;
  if (!store) throw new EasError(103, "no Search document");
  try {
    return answer(await answerStore(request, store));
  } catch (error) {
    const code = storeStatus(error);
    if (session.signal.aborted || code === undefined) throw error;
    session.log.warn({ error }, "a search failed");
    note({ status: code });
    return answer([element("Search:Status", code)]);
  }
};

function answer(store: readonly Element[]): Element {
  return element("Search:Search", [
    element("Search:Status", status.success),
    element("Search:Response", [element("Search:Store", store)]),
  ]);
}

function storeStatus(error: unknown): number | undefined {
  if (error instanceof EasError) return error.status < 100 ? error.status : undefined;
  if (!(error instanceof BackendError) || error.kind === "auth") return undefined;
  if (error.kind === "unreachable") return status.unreachable;
  if (error.kind === "busy") return status.timedOut;
  return error.kind === "gone" ? status.foldersMoved : status.serverError;
}

async function answerStore({ session, note }: CommandRequest, store: Element): Promise<readonly Element[]> {
  const place = childText(store, "Search:Name")?.trim().toLowerCase();
  if (place === "gal" || place === "documentlibrary" || place === "document library")
    throw new EasError(status.notFound, `there is no ${place} to be searched`);
  const query = child(store, "Search:Query");
  // The mailbox can be searched from 12.0 on.
  if (place !== "mailbox" || !query || !atLeast(session.version, "12.0") || children(store).length > 3)
    throw new EasError(status.invalid, `a search of the store ${place?.slice(0, 40) ?? "without a name"}`);
  const options = child(store, "Search:Options");
  const range = rangeIn(options);
  const asked = parseMailboxQuery(query);
  const known = foldersIn(await readDeviceRecords(session), session);
  const isDeep = options !== undefined && child(options, "Search:DeepTraversal") !== undefined;
  // Quirk: Android and Outlook name the folder 0 where they mean all of them.
  const named = asked.collections.filter((id) => id !== "0" && id !== "");
  const folders = await foldersToSearch(session, known, { named, isDeep });
  if (!folders) throw new EasError(status.foldersMoved, "the device knows no such folder");
  if (!isOfMail(asked, named, known)) throw new EasError(status.tooComplex, "only mail is searched");
  const name: SearchName = {
    command: "search",
    asked: fingerprint(Buffer.concat([encodeFragment(query), Buffer.from(isDeep ? "deep" : "")])),
  };
  const isAnew = options !== undefined && child(options, "Search:RebuildResults") !== undefined;
  const kept = isAnew ? undefined : await keptResults(session, name);
  const results = kept ?? (await newResults(session, name, folders, await criterionFor(session, asked)));
  const page = { ...range, known, options: shownWith(options, asked) };
  const { shown, total, readable } = await readResults(session, name, results, page);
  if (range.first > 0 && range.first >= readable) throw new EasError(status.endOfRange, `${readable} results`);
  note({ folders: folders.length, results: shown.length, total });
  return [
    element("Search:Status", status.success),
    // MS-ASCMD_R3850: no result is an empty one.
    ...(shown.length === 0 ? [element("Search:Result")] : shown.map(resultOf)),
    // Quirk: Android shows nothing where either of the two is missing.
    element("Search:Range", `${range.first}-${range.first + Math.max(0, shown.length - 1)}`),
    element("Search:Total", total),
  ];
}

/** @throws EasError 2 for what is no range, 12 for one that is too wide or too far (MS-ASCMD_R3736). */
function rangeIn(options: Element | undefined): ResultRange {
  const said = options && childText(options, "Search:Range");
  if (said === undefined) return { first: 0, last: mostResults - 1 };
  const range = parseRange(said);
  if (!range) throw new EasError(status.invalid, "a Range that is none");
  if (range.last - range.first >= mostResults || range.last >= mostHits)
    throw new EasError(status.endOfRange, `results ${range.first} to ${range.last}`);
  return range;
}

/** Whether what is asked for can be mail: by the classes, and by the folders that are named. */
function isOfMail(
  { classes }: MailboxQuery,
  named: readonly string[],
  known: readonly { readonly id: string; readonly className: string }[],
): boolean {
  if (classes.length > 0 && !classes.includes("Email")) return false;
  return named.length === 0 || known.some(({ id, className }) => named.includes(id) && className === "Email");
}

async function criterionFor(
  session: Session,
  { freeText, conversation, after, before }: MailboxQuery,
): Promise<Criterion> {
  const { now, settings } = session.services;
  const words = freeText && criterionOf(freeText, { now: now(), zone: zoneNamed(settings.zone) ?? utc });
  const received: Criterion = {
    is: "received",
    ...(after === undefined ? {} : { since: new Date(after + 1) }),
    ...(before === undefined ? {} : { before: new Date(before) }),
  };
  const isDated = (after ?? before) !== undefined;
  const inConversation = conversation && (await conversationOf(session, conversation));
  return {
    is: "and",
    of: [...(words ? [words] : []), ...(isDated ? [received] : []), ...(inConversation ? [inConversation] : [])],
  };
}

/** Of one of which the device can know nothing there are no messages. */
async function conversationOf(session: Session, id: Uint8Array): Promise<Criterion> {
  const { mail } = session.account;
  const found = mail && (await conversationCriterion(session, mail, id, await syncedFolders(session)));
  return found ?? { is: "or", of: [] };
}

/** A list of results shows the beginnings of messages; a message part is of a conversation only (MS-ASCMD_R5568). */
function shownWith(options: Element | undefined, { conversation }: MailboxQuery): Partial<StickyOptions> {
  const { bodyPreferences = [], bodyPartPreferences, ...more } = options ? askedBodies(options) : {};
  const cut = bodyPreferences.map((preference) => ({
    ...preference,
    truncationSize: Math.min(preference.truncationSize ?? bodyOctets.most, bodyOctets.most),
  }));
  return {
    ...more,
    bodyPreferences: cut.length > 0 ? cut : [{ type: 1, truncationSize: bodyOctets.usual }],
    ...(conversation !== undefined && bodyPartPreferences ? { bodyPartPreferences } : {}),
  };
}

/** @throws EasError 2 for preferences that are none. */
function askedBodies(options: Element): Partial<StickyOptions> {
  try {
    return bodyOptions(options);
  } catch (error) {
    if (!(error instanceof EasError) || error.status > 100) throw error;
    throw new EasError(status.invalid, error.message, { cause: error });
  }
}

/** The id that a message has for a device stands for it wherever a LongId does. */
function resultOf({ folder, id, elements }: ShownHit): Element {
  return element("Search:Result", [
    element("AirSync:Class", "Email"),
    element("Search:LongId", id),
    element("AirSync:CollectionId", folder.id),
    element("Search:Properties", elements),
  ]);
}
