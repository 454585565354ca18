/** In and out: what everybody may ask for. */
import { BackendError, HttpError } from "../errors.ts";
import { Secret } from "../log.ts";
import { stampOf } from "./admins.ts";
import { basicHeader } from "./basic-header.ts";
import { writeCookie } from "./cookies.ts";
import { adminLoginPage, type LoginState, loginPage } from "./pages/login.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { NewSession } from "./sessions.ts";
import type { Answer, Visit } from "./visit.ts";

const longest = 1_024;
const refused = "That name and password do not belong together.";

/** Why there has to be a login again, by the word in the address. */
const reasons: ReadonlyMap<string | null, Pick<LoginState, "tone" | "says">> = new Map([
  [
    "changed",
    { tone: "warn", says: "Your server refuses your password now. If you changed it, log in with the new one." },
  ],
  ["out", { tone: "good", says: "You are logged out." }],
]);

export function loginRoutes(parts: PortalParts): readonly Route<Visit>[] {
  const { sessions, logins, admins, config, log } = parts;
  const hasAdmins = config.admins.length > 0;

  function stateOf({ url }: Visit): LoginState {
    const next = safeNext(url.searchParams.get("next"));
    return { hasAdmins, ...reasons.get(url.searchParams.get("why")), ...(next === undefined ? {} : { next }) };
  }

  /** A new session always; the one that the browser had ends. */
  async function enter(visit: Visit, session: NewSession, home: string): Promise<Answer> {
    const cookie = await sessions.open(session);
    if (visit.session) await sessions.close(visit.session);
    const { secure, client } = visit;
    log.info({ role: session.role, login: session.name, client }, "logged in at the portal");
    const cookies = [writeCookie("login", cookie, secure), writeCookie("form", "", secure)];
    return { to: safeNext(visit.form.get("next")) ?? home, cookies };
  }

  async function logIn(visit: Visit): Promise<Answer> {
    const name = (visit.form.get("name") ?? "").trim();
    const password = new Secret(visit.form.get("password") ?? "");
    const next = safeNext(visit.form.get("next"));
    const again = (status: number, says: string) =>
      loginPage(visit, { hasAdmins, status, says, name, ...(next === undefined ? {} : { next }) });
    if (name === "" || password.reveal() === "") return again(422, "Type your name and your password.");
    if (name.length > longest || password.reveal().length > longest) return again(422, refused);
    const login = { user: name, password };
    try {
      parts.checkConnection(visit.request, name);
      const user = await accountOf(basicHeader(login), visit.client);
      return await enter(visit, { role: "user", name, user, login }, "/portal/devices");
    } catch (error) {
      if (error instanceof RangeError) return again(422, "That name and password are too long for this portal.");
      if (!(error instanceof BackendError) && !(error instanceof HttpError)) throw error;
      log.warn({ login: name, client: visit.client, reason: error.message }, "refused at the portal");
      if (error instanceof HttpError || error.kind === "auth") {
        const isDisabled = error instanceof BackendError && error.reason === "disabled";
        return again(401, isDisabled ? "This account is disabled. Whoever runs your server knows why." : refused);
      }
      return again(503, laterText(error.retryAfter));
    }
  }

  /** Undefined: the login is right, and the account waits for another password of its user. */
  async function accountOf(header: string, client: string | undefined): Promise<string | undefined> {
    try {
      return (await logins.authenticate(header, client)).account.user;
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== "busy") throw error;
      if ((await logins.passwords(header, client).catch(() => undefined)) === undefined) throw error;
      return undefined;
    }
  }

  async function logInAdmin(visit: Visit): Promise<Answer> {
    const name = (visit.form.get("name") ?? "").trim().slice(0, longest);
    const password = new Secret((visit.form.get("password") ?? "").slice(0, longest));
    const code = visit.form.get("code") ?? "";
    const next = safeNext(visit.form.get("next"));
    const again = (status: number, says: string) =>
      adminLoginPage(visit, { hasAdmins, status, says, name, ...(next === undefined ? {} : { next }) });
    const verdict = await admins.check({ name, password, code, client: visit.client });
    if (typeof verdict === "object" && "admin" in verdict)
      return enter(visit, { role: "admin", name: verdict.admin.name, stamp: stampOf(verdict.admin) }, "/portal/admin");
    log.warn({ login: name, client: visit.client }, "an administrator's login was refused");
    if (verdict === "refused") return again(401, "That name, password and code do not belong together.");
    return again(429, `There were too many wrong attempts. Try again in ${minutesText(verdict.wait)}.`);
  }

  function home(visit: Visit): Answer {
    if (!visit.session) return { to: "/portal/login" };
    return { to: visit.session.role === "admin" ? "/portal/admin" : "/portal/devices" };
  }

  const shown: readonly Route<Visit>[] = [
    { method: "GET", path: "/portal", run: home },
    { method: "GET", path: "/portal/login", run: (visit) => loginPage(visit, stateOf(visit)) },
    { method: "POST", path: "/portal/login", run: logIn },
    {
      method: "POST",
      path: "/portal/logout",
      async run(visit) {
        if (visit.session) await sessions.close(visit.session);
        return { to: "/portal/login?why=out", cookies: [writeCookie("login", "", visit.secure)] };
      },
    },
  ];
  if (!hasAdmins) return shown;
  return [
    ...shown,
    { method: "GET", path: "/portal/admin/login", run: (visit) => adminLoginPage(visit, stateOf(visit)) },
    { method: "POST", path: "/portal/admin/login", run: logInAdmin },
  ];
}

/** A page of ours to go on to; never another site's. */
function safeNext(next: string | null): string | undefined {
  return next !== null && /^\/portal\/[\w./~=&?%-]{0,500}$/.test(next) ? next : undefined;
}

export function laterText(seconds: number | undefined): string {
  const when = seconds === undefined ? "in a minute" : `in ${minutesText(seconds)}`;
  return `Your login could not be checked now: your server is away, or there were too many wrong passwords. Try again ${when}.`;
}

export function minutesText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
