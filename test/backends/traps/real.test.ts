/** Real servers that do what the twin imitates, asked past the gateway. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { TestServer } from "../../servers/radicale.ts";
import { startRadicale } from "../../servers/radicale.ts";
import { seenOn } from "../../servers/trap.ts";
import { startXandikos } from "../../servers/xandikos.ts";
import { ask, multiget, propfind, put, sync, tokenIn } from "./raw.ts";
import { card, event } from "./setting.ts";

/** A task list. */
const list =
  '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>' +
  '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>' +
  "</D:prop></D:set></C:mkcalendar>";
const makeList = (server: TestServer, path: string) =>
  ask(server, "MKCALENDAR", path, { headers: { "Content-Type": "application/xml; charset=utf-8" }, body: list });

describe("Radicale", () => {
  let server: TestServer;
  const [calendar, book] = ["/anna/calendar/", "/anna/contacts/"];
  beforeAll(async () => {
    server = await startRadicale();
  });
  afterAll(() => server?.stop());

  seenOn("Radicale 3.1.8", "wellKnown", async () => {
    const answer = await ask(server, "PROPFIND", "/.well-known/caldav");
    expect([answer.status, answer.headers.location]).toEqual([301, "/"]);
  });
  seenOn("Radicale 3.1.8", "closes", async () => {
    const { version, headers } = await propfind(server, calendar, "<D:getetag/>");
    expect(version === "1.0" || headers.connection === "close").toBe(true);
  });
  seenOn("Radicale 3.1.8", "badToken", async () => {
    const answer = await sync(server, calendar, "http://radicale.org/ns/sync/unknown");
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("valid-sync-token");
  });
  seenOn("Radicale 3.1.8", "tombstones", async () => {
    await put(server, `${calendar}gone.ics`, event("gone"));
    await sync(server, calendar, "");
    await ask(server, "DELETE", `${calendar}gone.ics`);
    expect((await sync(server, calendar, "")).text).toMatch(/gone\.ics[^]*404 Not Found/);
  });
  seenOn("Radicale 3.1.8", "uidConflict", async () => {
    await put(server, `${calendar}one.ics`, event("same"));
    expect((await put(server, `${calendar}other.ics`, event("same"))).status).toBe(409);
  });
  seenOn("Radicale 3.1.8", "reserialises", async () => {
    const text = card("a", "X-b:1\r\n").replace("VERSION:3.0\r\n", "").replace("END:", "VERSION:3.0\r\nEND:");
    expect((await put(server, `${book}a.vcf`, text)).headers.etag).toMatch(/^"/);
    expect((await ask(server, "GET", `${book}a.vcf`)).text).not.toBe(text);
  });
  seenOn("Radicale 3.1.8", "escapesPhotos", async () => {
    await put(server, `${book}photo.vcf`, card("p", "PHOTO:data:image/png;base64,iVBORw0KGgo=\r\n", "4.0"));
    expect((await ask(server, "GET", `${book}photo.vcf`)).text).toContain("data:image/png\\;base64");
  });
  seenOn("Radicale 3.1.8", "mustBeNull", async () => {
    expect((await makeList(server, "/anna/list/")).status).toBe(201);
    const again = await makeList(server, "/anna/list/");
    expect(again.status).toBe(409);
    expect(again.text).toContain("resource-must-be-null");
  });
  seenOn("Radicale 3.1.8", "rawNul", async () => {
    await put(server, `${calendar}nul.ics`, event("nul", "LOCATION:a\0b\r\n"));
    expect((await multiget(server, calendar, [`${calendar}nul.ics`], "<C:calendar-data/>")).text).toContain("a\0b");
  });
});

describe("Xandikos", () => {
  let server: TestServer;
  const [calendar, book] = ["/user/calendars/calendar/", "/user/contacts/addressbook/"];
  beforeAll(async () => {
    server = await startXandikos();
  });
  afterAll(() => server?.stop());

  seenOn("Xandikos 0.2.8", "mustBeNull", async () => {
    await makeList(server, "/user/calendars/taken/");
    const again = await makeList(server, "/user/calendars/taken/");
    expect(again.status).toBe(207);
    expect(again.text).toMatch(/403 Forbidden[^]*resource-must-be-null/);
  });
  seenOn("Xandikos 0.2.8", "anyComponent", async () => {
    await makeList(server, "/user/calendars/list/");
    const { text } = await propfind(server, "/user/calendars/list/", "<C:supported-calendar-component-set/>");
    for (const name of ["VEVENT", "VTODO", "VJOURNAL"]) expect(text).toContain(`name="${name}"`);
  });
  seenOn("Xandikos 0.2.8", "wellKnown", async () => {
    expect((await ask(server, "GET", "/.well-known/caldav")).status).toBe(302);
  });
  seenOn("Xandikos 0.2.8", "badToken", async () => {
    expect((await sync(server, calendar, "garbage")).status).toBe(500);
  });
  seenOn("Xandikos 0.2.8", "wrapFailures", async () => {
    const answer = await put(server, `${calendar}a.ics`, "nonsense");
    expect(answer.status).toBe(207);
    expect(answer.text).toMatch(/HTTP\/1\.1 412/);
  });
  seenOn("Xandikos 0.2.8", "encodedScheme", async () => {
    expect((await put(server, `${calendar}a.ics`, "nonsense")).text).toContain("http%3A//");
  });
  seenOn("Xandikos 0.2.8", "move", async () => {
    await put(server, `${calendar}m.ics`, event("m"));
    const headers = { Destination: `${server.url}user/calendars/calendar/n.ics` };
    expect((await ask(server, "MOVE", `${calendar}m.ics`, { headers })).status).toBe(405);
  });
  seenOn("Xandikos 0.2.8", "contentTokens", async () => {
    await put(server, `${calendar}c.ics`, event("c"));
    const before = tokenIn(await sync(server, calendar, ""));
    await put(server, `${calendar}c.ics`, event("c", "LOCATION:x\r\n"));
    const between = tokenIn(await sync(server, calendar, ""));
    await put(server, `${calendar}c.ics`, event("c"));
    expect(between).not.toBe(before);
    expect(tokenIn(await sync(server, calendar, ""))).toBe(before);
  });
  seenOn("Xandikos 0.2.8", "reserialises", async () => {
    const text = event("r").replace("VERSION:2.0\r\nPRODID:-//t//EN\r\n", "PRODID:-//t//EN\r\nVERSION:2.0\r\n");
    expect((await put(server, `${calendar}r.ics`, text)).headers.etag).toMatch(/^"/);
    expect((await ask(server, "GET", `${calendar}r.ics`)).text).not.toBe(text);
  });
  seenOn("Xandikos 0.2.8", "allowsUidTwice", async () => {
    expect((await put(server, `${book}a.vcf`, card("same"))).status).toBe(201);
    expect((await put(server, `${book}b.vcf`, card("same"))).status).toBe(201);
  });
});
