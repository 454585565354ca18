/** How the cases about Autodiscover ask: at the server's own address, where it may be that there is none. */
import type { Reply } from "../../device/connection.ts";
import type { Device } from "../../device/device.ts";
import {
  type Discovery,
  discoveryPath,
  discoveryRequest,
  errorResponse,
  jsonDiscoveryPath,
  readDiscovery,
} from "../../device/discovery.ts";
import type { Spec, Trial } from "../../runner/case.ts";

export interface Asked {
  readonly body?: string | Buffer;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends the case as skipped where the account has no address that anybody told. */
export function addressOf(t: Trial): string {
  return t.address === "" ? t.skip("nobody tells the account's mail address: --address says it") : t.address;
}

/** Posts a request, by default for the account's address. Ends the case as skipped where there is no Autodiscover. */
export async function ask(device: Device, t: Trial, asked: Asked = {}): Promise<Discovery & { readonly reply: Reply }> {
  const { body = discoveryRequest(addressOf(t)), method = "POST", path = discoveryPath, headers = {} } = asked;
  const bytes = Buffer.from(body);
  const type = { "Content-Type": "text/xml; charset=utf-8" };
  const reply = await device.visit({ method, path, bytes, headers: { ...type, ...headers } });
  if (isAbsent(reply)) t.skip(`the server has no Autodiscover at this address: HTTP ${reply.status}`);
  return { ...readDiscovery(reply.bytes), reply };
}

export interface JsonAnswer {
  readonly reply: Reply;
  /** Fields of the answer's object; none where it is no object. */
  readonly told: Readonly<Record<string, unknown>>;
}

/** Asks without a login. Ends the case as skipped where nobody answers such questions. */
export async function askJson(device: Device, t: Trial, rest: string): Promise<JsonAnswer> {
  const headers = { Authorization: "", Accept: "application/json" };
  const reply = await device.visit({ method: "GET", path: `${jsonDiscoveryPath}${rest}`, headers });
  const told = objectIn(reply.bytes);
  if (Object.keys(told).length === 0 && (isAbsent(reply) || reply.status === 401))
    t.skip(`the server has no Autodiscover by JSON at this address: HTTP ${reply.status}`);
  return { reply, told };
}

/** An error of the framework, in its own schema: MS-ASCMD_R3818 has it in the Response. */
export function isRefused(
  t: Trial,
  { reply, errorCode, root }: Awaited<ReturnType<typeof ask>>,
  spec: Spec,
  code: number,
): void {
  t.equal("", reply.status, 200, "HTTP status");
  t.equal(spec, errorCode, String(code), "ErrorCode");
  t.equal(
    "MS-ASCMD_R3818",
    root?.children.map(({ name }) => name),
    ["Response"],
    "what Autodiscover holds",
  );
  t.equal("", root?.children[0]?.namespace, errorResponse, "namespace of Response");
}

/** Not there, or to be found elsewhere. */
function isAbsent({ status }: Reply): boolean {
  return [404, 405, 410, 501].includes(status) || (status >= 300 && status < 400);
}

function objectIn(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
