/** How a phone asks for its server by a mail address (Autodiscover), and how it reads what it is told. */
import { SaxesParser } from "saxes";

export const discoveryPath = "/autodiscover/autodiscover.xml";
export const jsonDiscoveryPath = "/autodiscover/autodiscover.json";

const exchange = "http://schemas.microsoft.com/exchange/autodiscover";
export const mobileRequest = `${exchange}/mobilesync/requestschema/2006`;
export const mobileResponse = `${exchange}/mobilesync/responseschema/2006`;
export const outlookResponse = `${exchange}/outlook/responseschema/2006a`;
export const errorResponse = `${exchange}/responseschema/2006`;

/** What it was told. */
export interface Discovery {
  /** The document; undefined where the answer is none. */
  readonly root: XmlNode | undefined;
  /** Of the MobileSync server. */
  readonly url: string | undefined;
  readonly name: string | undefined;
  /** The user's. */
  readonly address: string | undefined;
  /** An address to ask for instead. */
  readonly redirect: string | undefined;
  /** Of an error of the schema, as it came; with it what the server says about it. */
  readonly status: string | undefined;
  /** Of an error of the framework, as it came. */
  readonly errorCode: string | undefined;
  readonly message: string | undefined;
}

export interface XmlNode {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

/** The request as it goes on the wire. Values are taken as they are: a case may put into them what is no text. */
export function discoveryRequest(address: string, schema: string = mobileResponse): string {
  return discoveryDocument(
    `<Request><EMailAddress>${address}</EMailAddress>` +
      `<AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request>`,
  );
}

export function discoveryDocument(inner: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="${mobileRequest}">${inner}</Autodiscover>`;
}

export function readDiscovery(bytes: Buffer): Discovery {
  const root = readXml(bytes);
  const action = at(root, "Response", "Action");
  const server = at(action, "Settings")?.children.find((one) => textAt(one, "Type") === "MobileSync");
  const error = at(action, "Error") ?? at(root, "Response", "Error");
  return {
    root,
    url: textAt(server, "Url"),
    name: textAt(server, "Name"),
    address: textAt(root, "Response", "User", "EMailAddress"),
    redirect: textAt(action, "Redirect"),
    status: textAt(action, "Error", "Status"),
    errorCode: textAt(root, "Response", "Error", "ErrorCode"),
    message: textAt(error, "Message"),
  };
}

/** The first of that name in each, from the root on. */
export function at(node: XmlNode | undefined, ...names: readonly string[]): XmlNode | undefined {
  let found = node;
  for (const name of names) found = found?.children.find((one) => one.name === name);
  return found;
}

function textAt(node: XmlNode | undefined, ...names: readonly string[]): string | undefined {
  return at(node, ...names)?.text.trim();
}

/** Undefined for what is no XML, or has a document type. */
function readXml(bytes: Buffer): XmlNode | undefined {
  const top: Growing = { name: "", namespace: "", attributes: {}, children: [], text: "" };
  const open = [top];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", refuse);
  parser.on("doctype", refuse);
  parser.on("opentag", ({ local, uri, attributes }) => {
    const values = Object.entries(attributes).map(([name, { value }]) => [name, value] as const);
    const node: Growing = {
      name: local,
      namespace: uri,
      attributes: Object.fromEntries(values),
      children: [],
      text: "",
    };
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
  try {
    parser.write(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).close();
  } catch {
    return undefined;
  }
  return top.children[0];
}

interface Growing extends XmlNode {
  readonly children: Growing[];
  text: string;
}

function refuse(): never {
  throw new Error("no document that a phone reads");
}
