import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mail } from "../../mappings/email.ts";
import type { BodyPreference, MappingContext } from "../../src/mapping/item.ts";
import type { MailHead, MailPart } from "../../src/mapping/mail/message.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { type Version, versions } from "../../src/schema/versions.ts";
import { child, children, childText, type Element, element, text } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { bodyRequests } from "./body-requests.ts";
import { applicationData, context } from "./context.ts";
import { down, readMail } from "./mails.ts";
import { nastyMails } from "./nasty-mails.ts";

/** Every body a version can be asked for, with and without MIME. */
function requests(version: Version): readonly Partial<MappingContext>[] {
  const mime = [0, 1, 2].map((mimeSupport) => ({ mimeSupport }));
  const parts: readonly Partial<MappingContext>[] =
    version === "14.1" || version === "16.1" ? [{}, { bodyPartPreferences: [{ type: 2, truncationSize: 30 }] }] : [{}];
  return bodyRequests(version).flatMap((body) =>
    mime.flatMap((support) => parts.map((part) => ({ ...body, ...support, ...part }))),
  );
}

/** Of these, enough for messages that are large: each form whole, and cut. */
function fewRequests(version: Version): readonly Partial<MappingContext>[] {
  if (version === "2.5") return [{ truncation: 1 }, { mimeSupport: 2, mimeTruncation: 1 }];
  const cut = { truncationSize: 40, preview: 20 };
  return [
    { bodyPreferences: [{ type: 1 }] },
    { bodyPreferences: [{ type: 1, ...cut }] },
    { bodyPreferences: [{ type: 2, ...cut }] },
    { bodyPreferences: [{ type: 4, ...cut }], mimeSupport: 2 },
  ];
}

/** What is promised of the sizes: no more is sent than was asked for, and what was cut says so. */
function sizeFaults(sent: readonly Element[], asked: Partial<MappingContext>): readonly string[] {
  const body = child(applicationData(sent), "AirSyncBase:Body");
  const data = body && childText(body, "AirSyncBase:Data");
  if (body === undefined || data === undefined) return [];
  const type = Number(childText(body, "AirSyncBase:Type"));
  const preferences: readonly BodyPreference[] = asked.bodyPreferences ?? [];
  const limit = (preferences.find((one) => one.type === type) ?? preferences[0])?.truncationSize;
  const size = Number(childText(body, "AirSyncBase:EstimatedDataSize"));
  const octets = Buffer.byteLength(data);
  const isCut = childText(body, "AirSyncBase:Truncated") === "1";
  return [
    ...(limit !== undefined && octets > limit ? [`${octets} octets, ${limit} were asked for`] : []),
    ...(!isCut && type !== 4 && size !== octets ? [`${octets} octets, called ${size}`] : []),
    ...(isCut && size < octets ? [`${octets} octets are a part of ${size}`] : []),
  ];
}

describe.each(nastyMails)("a message with %s", (_, octets) => {
  it.each(versions)("is valid in %s, in the size that is asked for, and in time", { timeout: 15_000 }, (version) => {
    let slowest = 0;
    for (const asked of octets.length < 20_000 ? requests(version) : fewRequests(version)) {
      const began = performance.now();
      const sent = down(octets, version, asked);
      slowest = Math.max(slowest, performance.now() - began);
      expect(validateItem("Email", "response", version, sent)).toEqual([]);
      expect(sizeFaults(sent, asked), JSON.stringify(asked)).toEqual([]);
      expect(() => encode(applicationData(sent))).not.toThrow();
    }
    expect(slowest).toBeLessThan(4_000);
  });
});

describe("a nasty message", () => {
  const nasty = (name: string) => {
    const found = nastyMails.find(([one]) => one === name);
    if (found === undefined) throw new Error(name);
    return found[1];
  };
  const data = (name: string) => {
    const body = down(nasty(name), "14.1").find((one) => one.name === "AirSyncBase:Body");
    return body && childText(body, "AirSyncBase:Data");
  };

  it.each([
    ["a body with bare CR", "one\r\ntwo\r\n\r\nthree\r\n"],
    ["NUL", "abc"],
    ["a wrong charset", "Grüße aus Köln"],
    ["a charset that is none", "Grüße"],
    ["a charset that runs", "+ADw-script+AD4-"],
    ["ninety levels", "deep"],
    ["no end of its multipart", "one\r\ntwo"],
  ])("with %s says what can be made of it", (name, expected) => expect(data(name)).toBe(expected));

  it("tells whole addresses only, as many as fit", () => {
    const to = text(down(nasty("ten thousand recipients"), "14.1").find(({ name }) => name === "Email:To") as Element);
    expect(to.length).toBeLessThanOrEqual(32_768);
    expect(to.length).toBeGreaterThan(32_000);
    expect(to).toMatch(/^"Recipient 0" <r0@example\.org>, .*<r\d+@example\.org>$/);
  });

  it("leads no device by the names of its files", () => {
    const list = down(nasty("names that lead elsewhere"), "14.1").find(
      ({ name }) => name === "AirSyncBase:Attachments",
    );
    const names = children(list ?? element("AirSyncBase:Attachments")).map((one) =>
      childText(one, "AirSyncBase:DisplayName"),
    );
    expect(names).toEqual(['passwd"<x>', "attachment.txt", expect.stringMatching(/^n{255}$/)]);
  });
});

describe("whatever a server tells of a message", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom(
      "",
      "text/plain",
      "text/html",
      "multipart/mixed",
      "multipart/alternative",
      "multipart/related",
      "message/rfc822",
      "image/png",
      "base64",
      "quoted-printable",
      "attachment",
      "inline",
      "\\Seen",
      "\\Flagged",
      "$label1",
      "&ACA-",
      "&-&",
    ),
  );
  const record = fc.dictionary(
    fc.constantFrom("charset", "name", "filename", "format", "delsp", "start", "protocol", "boundary"),
    word,
  );
  const addresses = fc.array(fc.record({ name: word, address: word }), { maxLength: 3 });
  const date = fc.date({ noInvalidDate: false });
  const part = fc.letrec<{ part: MailPart }>((tie) => ({
    part: fc.record({
      path: fc.oneof(word, fc.constantFrom("1", "1.1", "2")),
      type: word,
      parameters: record,
      id: fc.option(word, { nil: undefined }),
      location: fc.option(word, { nil: undefined }),
      encoding: word,
      size: fc.oneof(fc.nat(), fc.double(), fc.constant(-1)),
      disposition: fc.option(word, { nil: undefined }),
      dispositionParameters: record,
      children: fc.oneof({ depthSize: "small" }, fc.constant([]), fc.array(tie("part"), { maxLength: 3 })),
    }),
  })).part;
  const head: fc.Arbitrary<MailHead> = fc.record({
    flags: fc.array(word, { maxLength: 5 }),
    received: date,
    size: fc.oneof(fc.nat(), fc.double()),
    sent: fc.option(date, { nil: undefined }),
    subject: word,
    from: addresses,
    sender: addresses,
    replyTo: addresses,
    to: addresses,
    cc: addresses,
    bcc: addresses,
    messageId: word,
    headers: fc
      .dictionary(
        fc.constantFrom(
          "references",
          "in-reply-to",
          "importance",
          "x-priority",
          "priority",
          "thread-topic",
          "thread-index",
        ),
        word,
      )
      .map((of) => new Map(Object.entries(of))),
    structure: part,
  });
  const asked = fc
    .constantFrom(...versions)
    .chain((version) => fc.constantFrom(...requests(version)).map((more) => context(version, more)));

  it("a valid answer comes of it, and what is to be read is no nonsense", () => {
    fc.assert(
      fc.property(head, asked, fc.uint8Array({ maxLength: 40 }), fc.boolean(), (stored, given, octets, whole) => {
        const wanted = mail.wanted(stored, given);
        expect(wanted.filter(({ octets: most }) => !(Number.isInteger(most) && most > 0))).toEqual([]);
        const texts = wanted.map(({ path }) => ({ path, content: Buffer.from(octets), whole }));
        for (const read of [[], texts]) {
          for (const before of [undefined, "", "S.work"]) {
            const sent = mail.down(stored, read, given, { id: "5:1", before });
            expect(validateItem("Email", "response", given.version, sent)).toEqual([]);
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  it("a message read whole and one read as is wanted say the same", () => {
    const sample = nastyMails.filter(([, octets]) => octets.length < 10_000);
    for (const [name, octets] of sample) {
      const { head: stored, read } = readMail(octets);
      for (const more of requests("14.1").filter((one) => one.bodyPreferences?.[0]?.truncationSize === undefined)) {
        const given = context("14.1", more);
        const all = mail.wanted(stored, given).map((one) => ({ ...one, octets: 1e9 }));
        const [one, other] = [mail.wanted(stored, given), all].map((wanted) => mail.down(stored, read(wanted), given));
        expect(one, name).toEqual(other);
      }
    }
  });
});
