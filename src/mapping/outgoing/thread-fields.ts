import { readHead, texts } from "./head.ts";

/** References that are named: the first, and the last so many (RFC 5322 §3.6.4 sets no limit; readers have one). */
const mostReferences = 20;

/**
 * The fields that tie a message to what it answers or forwards, as far as the device has not written them itself. What is
 * forwarded is no answer: In-Reply-To would make it one in the views of others.
 */
export function threadFields(upload: Buffer, original: Buffer, kind: "reply" | "forward"): readonly string[] {
  const head = readHead(upload);
  const source = readHead(original);
  const ids = (name: string) =>
    texts(original, source, name).flatMap((text) => text.match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>/g) ?? []);
  const [id] = ids("message-id");
  if (id === undefined) return [];
  const has = (name: string) => head.fields.some((field) => field.name === name);
  const before = ids("references");
  const chain = [...new Set([...(before.length > 0 ? before : ids("in-reply-to").slice(0, 1)), id])];
  const named = chain.length <= mostReferences ? chain : [...chain.slice(0, 1), ...chain.slice(1 - mostReferences)];
  return [
    has("in-reply-to") || kind === "forward" ? [] : [`In-Reply-To: ${id}`],
    has("references") ? [] : [`References: ${named.join("\r\n ")}`],
  ].flat();
}
