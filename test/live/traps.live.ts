/** DAViCal and Cyrus do what the twin imitates, asked past the gateway. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ask, multiget, propfind, put, sync } from "../backends/traps/raw.ts";
import { card, event } from "../backends/traps/setting.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";
import type { TestServer } from "../servers/radicale.ts";
import { seenOn } from "../servers/trap.ts";

/** Cyrus refuses an event without an end. */
const end = "DTEND:20260310T100000Z\r\n";
const photo = "PHOTO:data:image/png;base64,iVBORw0KGgo=\r\n";
const users = { anna: "geheim", bob: "auch" };

describe("DAViCal", () => {
  let server: TestServer;
  const [calendar, book] = ["/caldav.php/anna/calendar/", "/caldav.php/anna/addresses/"];
  beforeAll(async () => {
    server = await startDavical(users);
  });
  afterAll(() => server?.stop());

  seenOn("DAViCal 1.1.12", "wellKnown", async () => {
    expect((await ask(server, "PROPFIND", "/.well-known/caldav")).status).toBe(301);
  });
  seenOn("DAViCal 1.1.12", "oneHome", async () => {
    const { text } = await propfind(server, "/caldav.php/anna/", "<C:calendar-home-set/><CARD:addressbook-home-set/>");
    const homes = [...text.matchAll(/home-set>\s*<href>([^<]*)</g)].map(([, href]) => href);
    expect(homes).toHaveLength(2);
    expect(homes[0]).toBe(homes[1]);
  });
  seenOn("DAViCal 1.1.12", "otherHome", async () => {
    expect((await propfind(server, "/caldav.php/bob/", "<D:resourcetype/>", "1")).status).toBe(403);
  });
  seenOn("DAViCal 1.1.12", "badToken", async () => {
    await put(server, `${calendar}t.ics`, event("t"));
    const answer = await sync(server, calendar, "data:,999999");
    expect(answer.status).toBe(207);
    expect(answer.text).toContain("t.ics");
    expect(answer.text).not.toContain("404");
  });
  seenOn("DAViCal 1.1.12", "escapesNames", async () => {
    const body =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>A &amp; B</D:displayname></D:prop></D:set>' +
      "</D:propertyupdate>";
    const headers = { "Content-Type": "application/xml; charset=utf-8" };
    await ask(server, "PROPPATCH", calendar, { headers, body });
    expect((await propfind(server, calendar, "<D:displayname/>")).text).toContain("A &amp;amp; B");
  });
  seenOn("DAViCal 1.1.12", "omitMissing", async () => {
    const { text } = await multiget(server, calendar, [`${calendar}none.ics`], "<C:calendar-data/>");
    expect(text).not.toContain("<response>");
  });
  seenOn("DAViCal 1.1.12", "noPutEtag", async () => {
    expect((await put(server, `${book}a.vcf`, card("a"))).headers.etag).toBeUndefined();
  });
  seenOn("DAViCal 1.1.12", "escapesPhotos", async () => {
    await put(server, `${book}p.vcf`, card("p", photo, "4.0"));
    expect((await ask(server, "GET", `${book}p.vcf`)).text).toContain("image/png\\;base64\\,");
  });
  seenOn("DAViCal 1.1.12", "garbage412", async () => {
    expect((await put(server, `${calendar}n.ics`, "nonsense", { "If-None-Match": "*" })).status).toBe(412);
  });
  seenOn("DAViCal 1.1.12", "namesHeaders", async () => {
    const answer = await put(server, `${calendar}none.ics`, event("none"), { "If-Match": '"old"' });
    expect(answer.status).toBe(412);
    expect(answer.text).toContain("<if-match/>");
  });
  seenOn("DAViCal 1.1.12", "allowsUidTwice", async () => {
    await put(server, `${calendar}u1.ics`, event("same"));
    const again = await put(server, `${calendar}u2.ics`, event("same"));
    expect(again.status).toBe(201);
    expect(again.headers["x-davical-version"]).toBeDefined();
  });
  seenOn("DAViCal 1.1.12", "move", async () => {
    await put(server, `${calendar}m1.ics`, event("m"));
    const headers = { Destination: `${server.url}caldav.php/anna/calendar/m2.ics`, Overwrite: "F" };
    expect((await ask(server, "MOVE", `${calendar}m1.ics`, { headers })).status).toBe(200);
  });
});

describe("Cyrus", () => {
  let server: TestServer;
  const [calendar, book] = ["/dav/calendars/user/anna/Default/", "/dav/addressbooks/user/anna/Default/"];
  const four = `${book}four.vcf`;
  beforeAll(async () => {
    server = await startCyrus(users);
    await propfind(server, "/dav/calendars/user/anna/", "<D:resourcetype/>", "1");
    await propfind(server, "/dav/addressbooks/user/anna/", "<D:resourcetype/>", "1");
    await put(server, four, card("four", photo, "4.0"));
  });
  afterAll(() => server?.stop());

  seenOn("Cyrus 3.6.1", "wellKnown", async () => {
    expect((await ask(server, "PROPFIND", "/.well-known/caldav")).status).toBe(301);
  });
  seenOn("Cyrus 3.6.1", "publicRoot", async () => {
    const headers = { Depth: "0" };
    expect((await ask(server, "PROPFIND", "/", { headers, anonymous: true })).status).toBe(207);
    expect((await ask(server, "PROPFIND", calendar, { headers, anonymous: true })).status).toBe(401);
  });
  seenOn("Cyrus 3.6.1", "otherHome", async () => {
    expect((await propfind(server, "/dav/calendars/user/bob/", "<D:resourcetype/>", "1")).status).toBe(301);
  });
  seenOn("Cyrus 3.6.1", "clutter", async () => {
    const { text } = await propfind(server, "/dav/calendars/user/anna/", "<D:resourcetype/>", "1");
    expect(text).toMatch(/schedule-inbox/);
  });
  seenOn("Cyrus 3.6.1", "badToken", async () => {
    const answer = await sync(server, calendar, "data:,1-999999");
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("valid-sync-token");
  });
  seenOn("Cyrus 3.6.1", "convertsCards", async () => {
    const data = '<CARD:address-data content-type="text/vcard" version="3.0"/>';
    expect((await multiget(server, book, [four], data)).text).toContain("VERSION:3.0");
    expect((await propfind(server, four, "<CARD:address-data/>")).text).toContain("403 Forbidden");
  });
  seenOn("Cyrus 3.6.1", "cdata", async () => {
    await put(server, `${calendar}data.ics`, event("data", end));
    const answer = await multiget(server, calendar, [`${calendar}data.ics`], "<C:calendar-data/>");
    expect(answer.text).toContain("<![CDATA[BEGIN:VCALENDAR");
  });
  seenOn("Cyrus 3.6.1", "chunked", async () => {
    expect((await propfind(server, calendar, "<D:getetag/>", "1")).headers["transfer-encoding"]).toBe("chunked");
  });
  seenOn("Cyrus 3.6.1", "cutsPhotos", async () => {
    const { text } = await multiget(server, book, [four], "<CARD:address-data/>");
    expect(text).toMatch(/PHOTO[^\r\n&]*:data:image\/png\s*(&#13;)?\r?\n/);
  });
  seenOn("Cyrus 3.6.1", "uidConflict", async () => {
    await put(server, `${calendar}u1.ics`, event("same", end));
    const again = await put(server, `${calendar}u2.ics`, event("same", end));
    expect(again.status).toBe(403);
    expect(again.text).toMatch(/unique-scheduling-object-resource|no-uid-conflict/);
  });
  seenOn("Cyrus 3.6.1", "allowsUidTwice", async () => {
    expect((await put(server, `${book}a.vcf`, card("same"))).status).toBe(201);
    expect((await put(server, `${book}b.vcf`, card("same"))).status).toBe(201);
  });
  seenOn("Cyrus 3.6.1", "reserialises", async () => {
    const text = event("r", `${end}CATEGORIES:A\\, B\r\n`);
    const { status, headers } = await put(server, `${calendar}r.ics`, text);
    expect([status, headers.etag !== undefined]).toEqual([201, true]);
    expect((await ask(server, "GET", `${calendar}r.ics`)).text).not.toBe(text);
  });
});
