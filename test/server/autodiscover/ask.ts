/** Requests as phones and others write them: any path, any octets. */
import { type IncomingHttpHeaders, request } from "node:http";

export const mobileSchema = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";
export const outlookSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
export const frameSchema = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const requestSchema = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006";

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export function ask(url: string, { path = "/autodiscover/autodiscover.xml", ...asked }: Asked): Promise<Told> {
  const { method = "POST", headers = {}, body = "" } = asked;
  return new Promise((resolve, reject) => {
    const isChunked = headers["Transfer-Encoding"] !== undefined;
    const length = isChunked ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const sent = request(url, { method, path, agent: false, headers: { ...length, ...headers } }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => {
        const text = Buffer.concat(pieces).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export function requestFor(address: string, schema = mobileSchema): string {
  const inner = `<EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema>`;
  return `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${requestSchema}"><Request>${inner}</Request></Autodiscover>`;
}

export function basic(user: string, password: string): { readonly Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}
