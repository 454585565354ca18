/** The web pages for users and administrators, under `/portal`. Rendered here, and whole without a script. */
import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Account, OwnPasswords } from "../backends/backend.ts";
import { RefusedAction } from "../devices/registry.ts";
import { BackendError, HttpError, StateError } from "../errors.ts";
import { adminRoutes } from "./admin-routes.tsx";
import { createAdmins, stampOf } from "./admins.ts";
import { findAsset } from "./assets/assets.ts";
import { createAttempts } from "./attempts.ts";
import { basicHeader } from "./basic-header.ts";
import { readCookie, writeCookie } from "./cookies.ts";
import { isFormToken, useOnce } from "./form-tokens.ts";
import { loginRoutes } from "./login-routes.ts";
import { isFromElsewhere, isFromUs, isSecure } from "./origin.ts";
import { errorPage, onceMorePage } from "./pages/error.tsx";
import type { PortalOptions, PortalParts } from "./parts.ts";
import { readForm } from "./read-form.ts";
import { sendAnswer, sendAsset } from "./respond.tsx";
import { findRoute, type Route } from "./routes.ts";
import { createSessions, type Session } from "./sessions.ts";
import { userRoutes } from "./user-routes.tsx";
import type { AdminVisit, Answer, UserVisit, Visit } from "./visit.ts";

export type Portal = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createPortal(options: PortalOptions): Portal {
  const { state, secret, config, log, now, logins, publicUrl } = options;
  const sessions = createSessions({ state, secret, now });
  const attempts = createAttempts({ state, now });
  const admins = createAdmins({ accounts: config.admins, state, attempts, now });
  const parts: PortalParts = { ...options, sessions, attempts, admins };
  const forAnyone = loginRoutes(parts);
  const forUsers = userRoutes(parts);
  const forAdmins = config.admins.length > 0 ? adminRoutes(parts) : [];

  /** What the page can be without its answer. */
  async function begin(request: IncomingMessage): Promise<{ visit: Visit; cookies: readonly string[] }> {
    const secure = isSecure(request) || (publicUrl?.startsWith("https:") ?? false);
    const url = new URL(request.url ?? "/", "http://portal");
    // The script asks again by itself: that does not prolong a session.
    const isIdle = request.headers["x-isthmus-live"] !== undefined || url.pathname.endsWith("/stream");
    const found = await sessions.find(readCookie(request, "login", secure), isIdle);
    const session = found && isStillAdmin(found) ? found : undefined;
    const known = readCookie(request, "form", secure);
    const fresh = known !== undefined && /^[\w-]{22}$/.test(known) ? undefined : randomBytes(16).toString("base64url");
    const visit: Visit = {
      request,
      url,
      secure,
      client: options.clientAddress(request),
      session,
      formKey:
        session?.formKey ??
        createHmac("sha256", secret)
          .update(`portal login ${fresh ?? known}`)
          .digest(),
      form: new URLSearchParams(),
      now: now(),
      zone: options.zone,
    };
    return { visit, cookies: session || fresh === undefined ? [] : [writeCookie("form", fresh, secure)] };
  }

  /** True of users. The configuration may have changed since an administrator logged in. */
  function isStillAdmin({ role, name, stamp }: Session): boolean {
    return role === "user" || config.admins.some((admin) => admin.name === name && stampOf(admin) === stamp);
  }

  async function answer(visit: Visit): Promise<Answer> {
    const path = visit.url.pathname.replace(/(?<=.)\/+$/, "");
    if (!visit.session && isFromElsewhere(visit.request)) return onceMorePage(visit);
    const open = findRoute(forAnyone, visit.request.method, path);
    if (open) return run(visit, open.route, open.route.path, (whole) => open.route.run(whole, open.parameters));
    if (visit.session?.role === "admin") {
      const found = findRoute(forAdmins, visit.request.method, path);
      if (!found) return path.startsWith("/portal/admin") ? errorPage(visit, 404) : toLogin(visit, path);
      const admin: AdminVisit = { ...visit, session: visit.session };
      return run(admin, found.route, path, (whole) => found.route.run(whole, found.parameters));
    }
    if (path.startsWith("/portal/admin")) return forAdmins.length > 0 ? toLogin(visit, path) : errorPage(visit, 404);
    if (!visit.session) return toLogin(visit, path);
    const found = findRoute(forUsers, visit.request.method, path);
    if (!found) return errorPage(visit, 404);
    return run(visit, found.route, path, async (whole) => {
      const user = await becomeUser(whole, visit.session);
      return "user" in user ? found.route.run(user, found.parameters) : user;
    });
  }

  /** A form is looked at only when one of our pages sent it, with a token for just this form. */
  async function run<V extends Visit>(
    visit: V,
    route: Route<never>,
    path: string,
    work: (whole: V) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    if (route.method !== "POST") return work(visit);
    if (!isFromUs(visit.request)) return errorPage(visit, 403);
    const form = await readForm(visit.request);
    const token = form.get("token") ?? "";
    if (!isFormToken(visit.formKey, path, token, visit.now)) return errorPage(visit, 403);
    if (route.once && !(await useOnce(state, token))) return errorPage(visit, 409);
    return work({ ...visit, form });
  }

  async function over(visit: Visit, session: Session): Promise<Answer> {
    await sessions.close(session);
    return { to: "/portal/login?why=changed", cookies: [writeCookie("login", "", visit.secure)] };
  }

  /** The login is checked with each page, from memory mostly: a password that was changed ends all its sessions. */
  async function becomeUser(visit: Visit, session: Session | undefined): Promise<UserVisit | Answer> {
    if (!session?.login) throw new HttpError(500, "a session without a login");
    options.checkConnection(visit.request, session.login.user);
    const header = basicHeader(session.login);
    let account: Account | undefined;
    let trouble: string | undefined;
    let passwords: OwnPasswords | undefined;
    try {
      ({ account } = await logins.authenticate(header, visit.client));
      passwords = account.passwords;
    } catch (error) {
      if (isRefused(error)) return over(visit, session);
      if (!(error instanceof BackendError)) throw error;
      trouble = error.message;
      passwords = await logins.passwords(header, visit.client).catch(() => undefined);
    }
    if (account && session.user === undefined) await sessions.name(session, account.user);
    // The name may be another account's by now.
    if (account && session.user !== undefined && account.user !== session.user) return over(visit, session);
    const user = session.user ?? account?.user;
    const isAboutPasswords = visit.url.pathname.startsWith("/portal/passwords");
    if (user === undefined && !isAboutPasswords) return { to: "/portal/passwords" };
    return { ...visit, session, user: user ?? "", login: session.login, account, trouble, passwords };
  }

  return async (request, response) => {
    const found = findAsset(request.url ?? "");
    if (found && (request.method === "GET" || request.method === "HEAD")) {
      await sendAsset(request, response, found.asset, found.isCurrent);
      return;
    }
    let visit = nobody(request, now(), options.zone);
    let cookies: readonly string[] = [];
    let told: Answer;
    try {
      ({ visit, cookies } = await begin(request));
      told = await answer(visit);
    } catch (error) {
      told = failed(error, visit);
    }
    if (!request.complete) request.resume();
    await sendAnswer(request, response, visit, told, cookies);
  };

  function failed(error: unknown, visit: Visit): Answer {
    const path = visit.url.pathname;
    if (error instanceof RefusedAction) return errorPage(visit, 409, error.message);
    if (error instanceof HttpError && error.status !== 500) return errorPage(visit, error.status);
    if (error instanceof StateError || error instanceof BackendError) {
      log.warn({ path, reason: error.message }, "a page could not be made");
      return errorPage(visit, 503);
    }
    log.error({ path, error }, "a page failed");
    return errorPage(visit, 500);
  }
}

function toLogin(visit: Visit, path: string): Answer {
  const form = path.startsWith("/portal/admin") ? "/portal/admin/login" : "/portal/login";
  // What was asked for, unless it is a form that is lost anyway.
  const isShown = visit.request.method === "GET" && path !== "/portal" && path !== "/portal/admin";
  return { to: isShown ? `${form}?next=${encodeURIComponent(visit.url.pathname + visit.url.search)}` : form };
}

function isRefused(error: unknown): boolean {
  return (
    (error instanceof BackendError && error.kind === "auth") || (error instanceof HttpError && error.status === 401)
  );
}

/** Of whom nothing is known yet: for the page that says that the store is away. */
function nobody(request: IncomingMessage, now: number, zone: string): Visit {
  return {
    request,
    url: new URL("/portal", "http://portal"),
    secure: false,
    client: undefined,
    session: undefined,
    formKey: randomBytes(32),
    form: new URLSearchParams(),
    now,
    zone,
  };
}
