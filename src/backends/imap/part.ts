/** The content of a part, or a whole message, in pieces: no more of it is in memory than one of them. */
import { Readable } from "node:stream";
import { BackendError } from "../../errors.ts";
import type { MailAccount, MessageName, MessagePart } from "../mail.ts";
import { type Attribute, atom, peek } from "./client.ts";
import type { Connections } from "./connections.ts";
import { fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { uidOf } from "./names.ts";
import { isDeleted } from "./revision.ts";
import { readStructure } from "./structure.ts";
import { isSection } from "./texts.ts";
import { createTransferDecoder } from "./transfer.ts";
import { listOf, type Node, octetsOf, textOf } from "./tree.ts";

interface Wanted {
  readonly mailbox: string;
  readonly name: MessageName;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Each piece is a command of its own, so that a slow reader keeps no connection from others. The first is fetched before
 * this returns: what is not there is no stream.
 */
export async function part(
  connections: Connections,
  ...[mailbox, name, path, signal]: Parameters<MailAccount["part"]>
): Promise<Readable> {
  const wanted: Wanted = { mailbox, name, path, signal };
  if (path !== "" && !isSection(path)) throw gone();
  const first = await piece(connections, wanted, 0, [atom("FLAGS"), ...(path === "" ? [] : [atom("BODYSTRUCTURE")])]);
  if (isDeleted(listOf(first.items.get("FLAGS")).map(textOf))) throw gone();
  const encoding = path === "" ? "" : encodingOf(first.items.get("BODYSTRUCTURE"), path);
  // A server answers a section that does not exist with nothing: only the structure tells it from an empty one.
  if (encoding === undefined) throw gone();
  return Readable.from(read(connections, wanted, encoding, first.octets), { objectMode: false });
}

async function* read(
  connections: Connections,
  wanted: Wanted,
  encoding: string,
  first: Buffer,
): AsyncGenerator<Buffer> {
  const decoder = createTransferDecoder(encoding);
  let from = 0;
  let octets = first;
  for (;;) {
    const content = decoder.write(octets);
    if (content.length > 0) yield content;
    // Less than was asked for is the end; more is a server that gives everything at once.
    if (octets.length !== limits.PIECE) break;
    from += octets.length;
    ({ octets } = await piece(connections, wanted, from, []));
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
}

interface Piece {
  readonly octets: Buffer;
  readonly items: ReadonlyMap<string, Node>;
}

function piece(
  connections: Connections,
  { mailbox, name, path, signal }: Wanted,
  from: number,
  items: readonly Attribute[],
): Promise<Piece> {
  return connections.run({
    mailbox,
    repeatable: true,
    signal,
    async work(session) {
      const uid = uidOf(name, (await session.open(mailbox)).uidValidity);
      if (uid === undefined) throw gone();
      const section = peek(path === "" ? [] : [atom(path)], { from, length: limits.PIECE });
      const [row] = await fetchRows(session, [uid], [...items, section]);
      const octets = row === undefined ? undefined : octetsOf(row.items.get(`BODY[${path}]`));
      if (row === undefined || octets === undefined) throw gone();
      return { octets, items: row.items };
    },
  });
}

function encodingOf(structure: Node, path: string): string | undefined {
  return find(readStructure(structure, 0), path)?.encoding;
}

function find(node: MessagePart, path: string): MessagePart | undefined {
  if (node.path === path) return node;
  for (const child of node.children) {
    const found = find(child, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function gone(): BackendError {
  return new BackendError("gone", "the message, or that part of it, is not there");
}
