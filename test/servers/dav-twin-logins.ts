/** Whom the twin takes a request for. */
import type { Answer, World } from "./dav-twin-methods.ts";
import type { Seen } from "./dav-twin-switches.ts";
import { multistatus, namesIn, principalProperties, propstat, response } from "./dav-twin-xml.ts";

/** The user, or what a request gets that is nobody's. */
export function authenticate(world: World, seen: Seen): { user: string } | { answer: Answer } {
  const { switches } = world;
  if (switches.maintenance) return { answer: { status: 503, body: sabreError("ServerMaintenanceMode") } };
  if (switches.disabledAccount) return { answer: { status: 503, body: sabreError("DisabledUserException") } };
  if (switches.secondFactor) return { answer: { status: 401, body: sabreError("PasswordLoginForbidden") } };
  if (switches.lockout !== undefined && world.refusals >= switches.lockout) return { answer: { status: 429 } };
  const cookie = /session=(\w+)/.exec(seen.headers.cookie ?? "")?.[1];
  const [login, password] = pairOf(seen.headers.authorization);
  const user = switches.sessionCookies && cookie ? cookie : userOf(world, login, password);
  if (user !== undefined) return { user };
  if (switches.publicRoot && (seen.path === "/" || seen.path === "/dav/")) {
    const principal = `<D:href>/dav/principals/${login}/</D:href>`;
    const who = switches.publicRoot === "nobody" ? "<D:unauthenticated/>" : principal;
    const prop = `<D:prop><D:current-user-principal>${who}</D:current-user-principal></D:prop>`;
    const propstat = `<D:propstat>${prop}<D:status>HTTP/1.1 200 OK</D:status></D:propstat>`;
    return { answer: multistatus([response(seen.path, propstat, switches)]) };
  }
  if (switches.publicRoot === "principal" && seen.path === `/dav/principals/${login}/`) {
    const { "D:current-user-principal": _own, ...others } = principalProperties(login, switches);
    return { answer: multistatus([response(seen.path, propstat(namesIn(seen.body), others), switches)]) };
  }
  world.refusals += 1;
  return { answer: { status: 401, headers: { "WWW-Authenticate": 'Basic realm="twin"' } } };
}

export function sabreError(exception: string): string {
  return `<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>${exception}</s:exception></d:error>`;
}

function pairOf(header: string | undefined): [string, string] {
  const pair = Buffer.from(header?.replace(/^Basic /, "") ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return [pair.slice(0, Math.max(0, colon)), pair.slice(colon + 1)];
}

function userOf({ users, switches }: World, login: string, password: string): string | undefined {
  const name = switches.loginAliases ? login.toLowerCase().replace(/@example\.org$/, "") : login;
  return Object.hasOwn(users, name) && users[name] === password ? name : undefined;
}
