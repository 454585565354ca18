/** The passwords of servers that do not take the phone's: their user enters them here, as `isthmus password` does. */
import type { OwnServer } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import { Secret } from "../log.ts";
import { basicHeader } from "./basic-header.ts";
import { laterText } from "./login-routes.ts";
import { withDone } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { passwordsPage, passwordsPath } from "./pages/passwords.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { Answer, Parameters, UserVisit } from "./visit.ts";

const longest = 1_024;

export function passwordRoutes({ logins }: PortalParts): readonly Route<UserVisit>[] {
  async function show(
    visit: UserVisit,
    wrong?: { readonly server: OwnServer; readonly says: string },
  ): Promise<Answer> {
    const entered = new Map<OwnServer, boolean>();
    for (const server of visit.passwords?.servers ?? [])
      entered.set(server, (await visit.passwords?.isEntered(server)) === true);
    return passwordsPage(visit, entered, wrong);
  }

  function serverOf({ passwords }: UserVisit, { server }: Parameters): OwnServer | undefined {
    return passwords?.servers.find((one) => one === server);
  }

  async function enter(visit: UserVisit, parameters: Parameters): Promise<Answer> {
    const server = serverOf(visit, parameters);
    if (!server) return errorPage(visit, 404);
    const password = visit.form.get("password") ?? "";
    if (password === "" || password.length > longest) return show(visit, { server, says: "Type the password." });
    // Asked for anew: these count wrong ones, and find the account again afterwards.
    const passwords = await logins.passwords(basicHeader(visit.login), visit.client);
    try {
      await passwords?.enter(server, new Secret(password));
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      const says =
        error.kind === "auth" ? "The server refuses that password. Nothing was kept." : laterText(error.retryAfter);
      return show(visit, { server, says });
    }
    return { to: withDone(passwordsPath, "entered") };
  }

  async function forget(visit: UserVisit, parameters: Parameters): Promise<Answer> {
    const server = serverOf(visit, parameters);
    if (!server) return errorPage(visit, 404);
    const passwords = await logins.passwords(basicHeader(visit.login), visit.client);
    await passwords?.forget(server);
    return { to: withDone(passwordsPath, "forgotten") };
  }

  return [
    { method: "GET", path: passwordsPath, run: (visit) => show(visit) },
    { method: "POST", path: `${passwordsPath}/:server`, run: enter },
    { method: "POST", path: `${passwordsPath}/:server/forget`, run: forget },
  ];
}
