/**
 * What a phone asks Autodiscover (MS-ASCMD 2.2.1.1), read without document types and entities: the document comes from
 * anybody, and says two things.
 */
import { SaxesParser } from "saxes";
import { autodiscoverLimits } from "../../schema/limits.ts";

export interface DiscoveryRequest {
  readonly address: string;
  /** The schema that the answer is wanted in. */
  readonly schema: string;
}

/** Undefined for what is no request: no XML, no single Request (MS-ASCMD_R3799), no address or schema in it. */
export function readRequest(octets: Buffer): DiscoveryRequest | undefined {
  try {
    return requestOf(read(new TextDecoder("utf-8", { fatal: true }).decode(octets)));
  } catch {
    return undefined;
  }
}

/** Whether it looks like a mail address; what phones sign up with holds neither blanks nor what markup is made of. */
export function isAddress(text: string): boolean {
  return (
    text.length <= autodiscoverLimits.addressCharacters &&
    /^[^@\s<>"'&\\\u0000-\u001f\u007f]+@[^@\s<>"'&\\\u0000-\u001f\u007f]+$/.test(text)
  );
}

/** In small letters. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

interface Node {
  readonly name: string;
  readonly children: Node[];
  text: string;
}

function requestOf({ name, children }: Node): DiscoveryRequest | undefined {
  const [request, ...more] = children.filter((child) => child.name === "Request");
  if (name !== "Autodiscover" || !request || more.length > 0) return undefined;
  const address = only(request, "EMailAddress");
  const schema = only(request, "AcceptableResponseSchema");
  return address === undefined || schema === undefined || !isAddress(address) ? undefined : { address, schema };
}

function only({ children }: Node, wanted: string): string | undefined {
  const [found, ...more] = children.filter(({ name }) => name === wanted);
  const text = found?.text.trim();
  return text === "" || more.length > 0 ? undefined : text;
}

/** The document by local names: clients differ in the namespace they say. @throws what is wrong with it. */
function read(document: string): Node {
  const parser = new SaxesParser({ xmlns: true });
  const top: Node = { name: "", children: [], text: "" };
  const open: Node[] = [top];
  let elements = 0;
  parser.on("error", (error) => refuse(error.message));
  parser.on("doctype", () => refuse("a document type"));
  parser.on("opentag", ({ local }) => {
    elements += 1;
    if (elements > autodiscoverLimits.elements || open.length > autodiscoverLimits.depth) refuse("too much of it");
    const node: Node = { name: local, children: [], text: "" };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  const take = (text: string) => {
    const node = open.at(-1);
    if (node) node.text += text;
  };
  parser.on("text", take);
  parser.on("cdata", take);
  parser.on("closetag", () => void open.pop());
  parser.write(document).close();
  const [root] = top.children;
  return root ?? refuse("nothing in it");
}

function refuse(why: string): never {
  throw new Error(why);
}
