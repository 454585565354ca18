/**
 * A message as it is stored, as the characters that it is sent as. Octets that are no characters of UTF-8, or that XML
 * has no place for, cannot be sent in a text: the parts that hold such ones are written in a transfer encoding that has
 * none, as a mail server does for a neighbour without 8BITMIME (RFC 6152 §3). All else stays octet for octet, and so
 * does what is signed: it has none (RFC 8551 §3.1.3).
 */

/** The message; where `content` is its beginning only, without the character that it ends within. */
export function transferable(content: Buffer, whole: boolean): string {
  const octets = whole ? content : content.subarray(0, content.length - brokenEnd(content));
  return isSendable(octets) ? octets.toString("utf8") : entity(octets.toString("latin1"), 0);
}

/** Levels of multiparts that are looked into: each costs a walk over all that is in it. */
const depth = 30;

/** Octets of a character of UTF-8 that is not there to its end. */
function brokenEnd(content: Buffer): number {
  for (let back = 1; back <= 3; back += 1) {
    const octet = content[content.length - back] ?? 0;
    if (octet >= 0xc0) return octet >= 0xf0 || back < (octet >= 0xe0 ? 3 : 2) ? back : 0;
    if (octet < 0x80) return 0;
  }
  return 0;
}

/** Everything here is octets, one in each character, until it is known to be more. */
function entity(octets: string, level: number): string {
  const end = /\r?\n\r?\n/.exec(octets);
  const at = /^\r?\n/.test(octets) ? 0 : end === null ? octets.length : end.index + (end[0].startsWith("\r") ? 2 : 1);
  const [head, body] = [octets.slice(0, at), octets.slice(at)];
  const unfolded = head.replace(/\r?\n[ \t]+/g, " ");
  const type = /^content-type:\s*([^\r\n]*)/im.exec(unfolded)?.[1] ?? "";
  const boundary = /^multipart\//i.test(type)
    ? /\bboundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i.exec(type)
    : null;
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark !== undefined && level < depth) return written(head) + children(body, mark, level + 1);
  if (isSendable(Buffer.from(body, "latin1"))) return written(head) + written(body);
  const encoding = (/^content-transfer-encoding:\s*([\w-]*)/im.exec(unfolded)?.[1] ?? "7bit").toLowerCase();
  // Of an encoded part, what is no character of the encoding says nothing.
  if (encoding === "base64" || encoding === "quoted-printable") return written(head) + written(body);
  const blank = /^\r?\n/.exec(body)?.[0] ?? "\r\n";
  const content = body.replace(/^\r?\n/, "");
  // A message within the message has no encoding of its own (RFC 2046 §5.2.1), but its parts have.
  if (/^message\/(?:rfc822|global)\b/i.test(type) && level < depth) {
    return written(head) + blank + entity(content, level + 1);
  }
  const other = head.replace(/^content-transfer-encoding:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n?/im, "");
  return `${written(other)}Content-Transfer-Encoding: base64${blank}${blank}${encoded(content)}`;
}

/** What stands between the lines of a boundary, each a message part of its own. */
function children(body: string, boundary: string, level: number): string {
  const mark = `--${boundary}`;
  const pieces: string[] = [];
  let from = 0;
  let isInside = false;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    const rest = /^(--)?[ \t]*(?:\r?\n|$)/.exec(body.slice(at + mark.length, at + mark.length + 80));
    if (rest === null || (at > 0 && body[at - 1] !== "\n")) continue;
    const piece = body.slice(from, at);
    // The end of line before a boundary is the boundary's (RFC 2046 §5.1.1).
    const lineEnd = piece.endsWith("\r\n") ? "\r\n" : piece.endsWith("\n") ? "\n" : "";
    pieces.push(isInside ? entity(piece.slice(0, piece.length - lineEnd.length), level) + lineEnd : written(piece));
    from = at + mark.length + rest[0].length;
    pieces.push(body.slice(at, from));
    isInside = rest[1] === undefined;
    if (!isInside) break;
  }
  const last = body.slice(from);
  return pieces.join("") + (isInside ? entity(last, level) : written(last));
}

/** Base64 in lines (RFC 2045 §6.8). */
function encoded(octets: string): string {
  return Buffer.from(octets, "latin1")
    .toString("base64")
    .replace(/.{76}(?=.)/g, "$&\r\n");
}

/** Octets as characters: those of UTF-8 where they are that. */
function written(octets: string): string {
  const content = Buffer.from(octets, "latin1");
  return isSendable(content) ? content.toString("utf8") : octets;
}

function isSendable(content: Buffer): boolean {
  const text = content.toString("utf8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that a text cannot hold
  return (
    !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) &&
    (!text.includes("\ufffd") || sameOctets(content, text))
  );
}

/** Whether the characters are a faithful reading of the octets: U+FFFD may stand in the text itself. */
function sameOctets(content: Buffer, text: string): boolean {
  return content.equals(Buffer.from(text, "utf8"));
}
