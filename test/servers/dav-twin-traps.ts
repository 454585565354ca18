/**
 * What real servers were seen to do, each as a switch of the twin. The comments are read by `npm run generate`: the text
 * says what happens, `@server` who does it, `@guard` what the gateway does about it. A test names its switch by `trap`.
 */

/** ## Logins */
export interface LoginTraps {
  /**
   * A session cookie outranks the password: whoever sends it is served as the user it was made for.
   * @server Nextcloud
   * @guard Set-Cookie is dropped, no cookie is ever sent, and no connection carries two credentials.
   */
  sessionCookies?: boolean;
  /**
   * The root answers 207 to anybody: as nobody's (`nobody`), or with a principal by the login name, unverified (`named`),
   * which anybody may read too (`principal`).
   * @server Cyrus
   * @guard A login counts as verified only by the principal itself, which must say that it is who is logged in.
   */
  publicRoot?: "nobody" | "named" | "principal";
  /**
   * The login may be typed in capitals or as an e-mail address; the principal has one name only.
   * @server Nextcloud
   * @guard The account is the principal's path, and no path is built from the login.
   */
  loginAliases?: boolean;
  /**
   * After so many refused logins everybody from that address gets 429, right passwords included.
   * @server Nextcloud
   * @guard 429 means "busy" and never "wrong password".
   */
  lockout?: number;
  /**
   * A disabled account gets 503, as if the server were away.
   * @server Nextcloud
   * @guard The exception's name in the body tells: the login is refused, and not tried again.
   */
  disabledAccount?: boolean;
  /**
   * With a second factor the right login password gets 401, as if it were wrong.
   * @server Nextcloud
   * @guard The exception's name in the body tells: the user is to make an app password.
   */
  secondFactor?: boolean;
  /**
   * Maintenance: 503 for everything, without a Retry-After.
   * @server Nextcloud
   * @guard State is kept, nothing is emptied, and the work is tried again later.
   */
  maintenance?: boolean;
}

/** ## Finding collections */
export interface DiscoveryTraps {
  /**
   * The well-known address redirects with this status; the root of the host is a web page.
   * @server Nextcloud 301, Xandikos 302, DAViCal 301, Radicale 301
   * @guard Redirects are followed on the same server, with method, body and credentials.
   */
  wellKnown?: 301 | 302 | 307 | 308;
  /**
   * Everything redirects to another host.
   * @server a proxy that was moved
   * @guard Credentials never go there; the error names the address.
   */
  foreignRedirect?: boolean;
  /**
   * Another user's home answers with this status (207: with nothing in it).
   * @server Nextcloud 404, sabre/dav 207, DAViCal 403, Cyrus 301
   * @guard Homes come from the principal, so that nobody else's is ever asked for.
   */
  otherHome?: 207 | 301 | 403 | 404;
  /**
   * Calendars and address books lie in one home.
   * @server DAViCal
   * @guard Each home is asked once, and each service takes its own kind of collection.
   */
  oneHome?: boolean;
  /**
   * The home holds what is no folder: scheduling inbox and outbox, a trash bin, a deleted calendar, generated address books.
   * @server Nextcloud, sabre/dav, DAViCal, Cyrus
   * @guard Only the resource types `calendar` and `addressbook` count, and no generated ones.
   */
  clutter?: boolean;
  /**
   * A subscription is a calendar only for who sends `X-NC-CalDAV-Webcal-Caching: On`.
   * @server Nextcloud
   * @guard The header is sent with every request.
   */
  subscriptions?: boolean;
  /**
   * A book of the people the user was in touch with lately lies beside the others: read-only, without token and ctag.
   * @server Nextcloud
   * @guard It is no address book on a phone, but what the recipient information cache is made of.
   */
  recentContacts?: boolean;
  /**
   * A first login by app password: neither calendar nor address book exists.
   * @server Nextcloud
   * @guard The folder list is short, and no error.
   */
  noCollections?: boolean;
  /**
   * Writes to a read-only share are answered with 404, though the item is there.
   * @server Nextcloud
   * @guard Privileges are trusted, and a 404 to a write is never believed before the item was asked for.
   */
  readOnlyShare?: boolean;
  /**
   * A read-only share does not tell its privileges: 403 for the property, and for each write.
   * @server DAViCal (bindings)
   * @guard Who may not read his rights on another's collection has none.
   */
  hiddenRights?: boolean;
  /**
   * The default calendar takes events only, and refuses a task with 403.
   * @server Nextcloud, sabre/dav, Cyrus
   * @guard A collection is offered for the components it names.
   */
  componentSet?: boolean;
}

/** ## Listing what changed */
export interface ListingTraps {
  /**
   * 501 for sync-collection.
   * @server none we ran: the report is optional
   * @guard ctag and etags are compared instead, and the report is tried again after an hour.
   */
  noSync?: boolean;
  /**
   * A first listing is paged by 507 after so many items, and the rest is lost.
   * @server Nextcloud (address books)
   * @guard A paged first listing is discarded for PROPFIND Depth 1 with the token in the same answer; remembered.
   */
  firstPage?: number;
  /**
   * A delta is paged by 507 after so many items.
   * @server Nextcloud (address books above 2,500 changes)
   * @guard Pages are followed to the end.
   */
  deltaPage?: number;
  /**
   * A `limit` in a sync-collection loses what is beyond it: the new token and no 507.
   * @server Nextcloud (calendars)
   * @guard No limit is ever sent.
   */
  limitLoses?: boolean;
  /**
   * What a token gets that was never given out: a status, the whole list without 404s (`all`), nothing and the present
   * token (`nothing`), or nothing and the same token (`echo`). Else 403 with `valid-sync-token`.
   * @server Nextcloud and sabre/dav 403, Xandikos 500, DAViCal `all`, Nextcloud after a restore `nothing`, sabre/dav after a restore `echo`
   * @guard A refused token and one that counts backwards lead to one full comparison; a server that echoes is asked for its token.
   */
  badToken?: number | "all" | "nothing" | "echo";
  /**
   * Tokens before the present one are forgotten, and answered with the whole list as if it were a delta.
   * @server DAViCal
   * @guard A token that nobody gave out shows who does it; there a delta without a 404 is compared with the etags.
   */
  forgetsTokens?: boolean;
  /**
   * Changes up to this count are no longer in the log: an old token gets a delta with gaps, and no error.
   * @server Nextcloud
   * @guard Everything is compared once a week, however sure the server is.
   */
  cutLog?: number;
  /**
   * A change that was under way when a token was given out is older than the token, and never reported.
   * @server DAViCal
   * @guard It is known by its header, and no token of it is used: ctags and etags are compared.
   */
  overlaps?: boolean;
  /**
   * What was deleted and made again between two syncs is reported as 404.
   * @server Nextcloud, sabre/dav (calendars)
   * @guard Every reported 404 is asked for by name before it is believed.
   */
  falseGone?: boolean;
  /**
   * A first listing names the deleted ones too, with 404.
   * @server Radicale
   * @guard A 404 in a first listing means nothing.
   */
  tombstones?: boolean;
  /**
   * A delta names an item twice, one of another collection, and the collection itself.
   * @server none we ran: nothing forbids it
   * @guard Only members of the collection count, each once.
   */
  strangers?: boolean;
  /**
   * The first delta repeats the items that came last.
   * @server DAViCal
   * @guard An item of known revision is no change: nothing is sent, nobody is woken.
   */
  repeatsLast?: boolean;
  /**
   * The token moves when it is asked for, not when something changes.
   * @server DAViCal
   * @guard Tokens are compared for equality; their numbers count no changes.
   */
  mintsTokens?: boolean;
  /**
   * Tokens and etags are hashes of the content: both return to an old value when the content does.
   * @server Xandikos
   * @guard Equal means unchanged, and nothing else is read out of them.
   */
  contentTokens?: boolean;
  /**
   * The ctag stands in quotes at Depth 0 and without at Depth 1.
   * @server DAViCal (quotes them always)
   * @guard ctags are compared without quotes.
   */
  quotedCtags?: boolean;
}

/** ## Reading items */
export interface ReadingTraps {
  /**
   * Missing hrefs of a multiget are left out instead of reported.
   * @server Nextcloud, sabre/dav, DAViCal
   * @guard What is not answered is not there; an answer without any item is not believed before one was asked for.
   */
  omitMissing?: boolean;
  /**
   * Queries give everything, whatever the filter.
   * @server Nextcloud (trash bin)
   * @guard UIDs are compared again.
   */
  ignoreFilters?: boolean;
  /**
   * Reports give cards in the version asked for, 3.0 by default. The stored one is a property (`reports`), or known to
   * filters only (`queries`), or not to be had (`always`).
   * @server Nextcloud and sabre/dav `reports`, Cyrus `queries`
   * @guard An edit is made to the stored version, read as a property or found by its VERSION; else it is refused.
   */
  convertsCards?: "reports" | "queries" | "always";
  /**
   * The 3.0 copy of a 4.0 card has lost its photo: `PHOTO:data:image/png` and nothing after it.
   * @server Cyrus
   * @guard A card with a cut photo is read again in 4.0.
   */
  cutsPhotos?: boolean;
  /**
   * The photo's data URI is escaped as if it were text: `data:image/png\;base64\,…`.
   * @server DAViCal, Radicale (when stored), Nextcloud, sabre/dav (`\,` when converted)
   * @guard Both forms are read.
   */
  escapesPhotos?: boolean;
  /**
   * Another's CONFIDENTIAL event is reduced to `Busy`, under the ETag of the full one.
   * @server Nextcloud
   * @guard It is never written back, and its text is never kept for another account.
   */
  confidential?: boolean;
  /**
   * A NUL in an item comes as it is, in the XML.
   * @server Radicale
   * @guard It is left out, and the items after it are read.
   */
  rawNul?: boolean;
  /**
   * Etags look like numbers and stand without quotes in properties.
   * @server none we ran: clients of old servers tell of it
   * @guard Etags are texts, compared with their quotes.
   */
  numericEtags?: boolean;
  /**
   * Properties come as CDATA, cut in two.
   * @server Cyrus
   * @guard Text and CDATA are joined.
   */
  cdata?: boolean;
  /**
   * Hrefs in answers are full URLs of an inner host, with everything percent-encoded in lower case.
   * @server none we ran: a proxy that knows its server by another name
   * @guard Hrefs are compared as decoded paths.
   */
  oddHrefs?: boolean;
  /**
   * The scheme of an href is percent-encoded: `http%3A//host/…`.
   * @server Xandikos (in errors)
   * @guard It is read as the URL it was.
   */
  encodedScheme?: boolean;
}

/** ## Writing items */
export interface WritingTraps {
  /**
   * No ETag in the answer to a PUT.
   * @server DAViCal (cards), Cyrus (scheduled events)
   * @guard The revision is asked for, and the text counts as unread.
   */
  noPutEtag?: boolean;
  /**
   * What is stored differs from what was sent, and the answer has no ETag.
   * @server Nextcloud, sabre/dav (repairs, scheduling)
   * @guard The stored text is read before the next edit.
   */
  repairs?: boolean;
  /**
   * What is stored differs from what was sent, and the answer has its ETag all the same.
   * @server Xandikos, Radicale
   * @guard What was sent is never kept as what is stored.
   */
  reserialises?: boolean;
  /**
   * Failures of PUT and DELETE come inside a 207.
   * @server Xandikos
   * @guard A 207 to a write is opened.
   */
  wrapFailures?: boolean;
  /**
   * A UID that is taken gets this status and a page, without a precondition; `href`: 403 with the other item's href.
   * @server Nextcloud 400, Radicale 409, Cyrus `href`
   * @guard The UID is looked for where it may be the reason.
   */
  uidConflict?: 400 | 403 | 409 | 500 | "href";
  /**
   * A second event with the same UID is stored.
   * @server sabre/dav, DAViCal (and cards on Cyrus and Xandikos)
   * @guard These servers are known by their header, and asked for the UID first; others when a phone starts over.
   */
  allowsUidTwice?: boolean;
  /**
   * The UID of a deleted event is taken for 30 days: 500 to whoever creates it again.
   * @server Nextcloud
   * @guard It is found in the trash bin, deleted there, and stored again.
   */
  trashbin?: boolean;
  /**
   * A UID or name of more than 255 characters is answered with 500.
   * @server Nextcloud (PostgreSQL)
   * @guard Names and UIDs of new items are at most 200 characters.
   */
  longNames?: boolean;
  /**
   * Text that is none is answered with 412.
   * @server DAViCal
   * @guard A 412 is a conflict only where something to conflict with is there; else a refusal.
   */
  garbage412?: boolean;
  /**
   * A 412 names the request's header as if it were a precondition: `<error><if-match/>`.
   * @server DAViCal
   * @guard The item is asked for, to tell gone from changed.
   */
  namesHeaders?: boolean;
  /**
   * An item larger than 100 kB is refused with this status.
   * @server Nextcloud 403, others 413; 507 for a full quota
   * @guard The edit is refused and the stored copy given back; the server is not asked again.
   */
  sizeLimit?: 403 | 413 | 507;
  /**
   * Writes are answered with 423.
   * @server none we ran: RFC 4918 has it
   * @guard Busy: the phone is told to try again.
   */
  locked?: boolean;
  /**
   * A `102 Processing` comes first, and the answer so many milliseconds later.
   * @server Cyrus (large PUT)
   * @guard It is no answer, and patience begins anew with it.
   */
  processing?: number;
  /**
   * MOVE is answered with this status: 200, 201 and 204 move, the others refuse.
   * @server sabre/dav 403, Xandikos 405, DAViCal 200
   * @guard Where MOVE is refused: PUT, then DELETE, and never the other way round.
   */
  move?: 200 | 201 | 204 | 403 | 405 | 501;
}

/** ## Making collections */
export interface CollectionTraps {
  /**
   * The home grants no `bind`: nobody may make a collection there, and nobody may delete one.
   * @server an administrator's choice on DAViCal and Cyrus
   * @guard Privileges are asked for first, and nothing is tried.
   */
  closedHome?: boolean;
  /**
   * MKCALENDAR is not known, with this status.
   * @server none we ran: RFC 5689 came later and does the same
   * @guard The calendar is made by an extended MKCOL.
   */
  noMkcalendar?: 405 | 501;
  /**
   * A name that is taken gets this status and `resource-must-be-null`, and not 405.
   * @server Radicale 409, Xandikos 403 (inside a 207)
   * @guard Whatever the status, what is there is looked at: a collection of ours that fits was made before.
   */
  mustBeNull?: 403 | 409;
  /**
   * 429 when the home has so many collections already.
   * @server Nextcloud ("Too many calendars created")
   * @guard It is "busy": the phone is told to try again later, and no login is thought wrong.
   */
  mostCollections?: number;
  /**
   * The name of a collection is stored as it stands in the XML: `&` as `&amp;`.
   * @server DAViCal
   * @guard It is known by its header, and its names are read as XML once more.
   */
  escapesNames?: boolean;
  /**
   * The component set is ignored: whatever is made holds events, tasks and journals.
   * @server Xandikos
   * @guard It fits as long as it holds what was asked for; it is not deleted from a phone while it holds other things.
   */
  anyComponent?: boolean;
}

/** ## Answers as such */
export interface AnswerTraps {
  /**
   * Answers are packed.
   * @server most, behind a proxy
   * @guard They are unpacked as they come; near servers are asked not to.
   */
  gzip?: boolean;
  /**
   * Bodies come in chunks, without a length.
   * @server Cyrus, any proxy
   * @guard Errors are read up to a limit, whatever their length.
   */
  chunked?: boolean;
  /**
   * Each connection ends with its answer.
   * @server Radicale (HTTP/1.0)
   * @guard A connection that ended is no error.
   */
  closes?: boolean;
  /**
   * 503, with so many seconds as Retry-After.
   * @server any, a proxy
   * @guard Short pauses are waited for once, long ones are passed on to who asked.
   */
  retryAfter?: number;
  /**
   * 200 and a page of HTML for everything.
   * @server a captive portal, a proxy's login page
   * @guard No DAV answer: nothing is emptied, nothing counts as written.
   */
  htmlPage?: boolean;
  /**
   * The XML ends in the middle, under a right Content-Length.
   * @server none we ran: PHP that ran out of memory or time
   * @guard A document that is not complete is no answer.
   */
  truncated?: boolean;
  /**
   * The content type of XML is `text/html`.
   * @server none we ran: PHP and proxies default to it
   * @guard The document counts, not its label.
   */
  wrongType?: boolean;
  /**
   * A multistatus without a single response: neither the collection nor an item.
   * @server none we ran: a server in trouble
   * @guard Never "empty": a home and a collection name themselves at the least.
   */
  silent?: boolean;
  /**
   * A small packed answer unpacks to more than any answer may have.
   * @server none we ran: a hostile one
   * @guard The reading ends at a limit, and the process lives.
   */
  bomb?: boolean;
}

/** All that a test can name. */
export interface Traps
  extends LoginTraps,
    DiscoveryTraps,
    ListingTraps,
    ReadingTraps,
    WritingTraps,
    CollectionTraps,
    AnswerTraps {}

export type TrapName = keyof Traps;
