/** @jsxImportSource preact */
/** What administrators find at the portal: the devices of all users. */
import type { AuditEntry } from "../devices/audit.ts";
import type { Action, DeviceView } from "../devices/registry.ts";
import { Secret } from "../log.ts";
import { conversationRoutes } from "./conversation-routes.tsx";
import { carryOut } from "./device-deeds.ts";
import { filterOf, searchDevices, seenAt } from "./device-search.ts";
import { minutesText } from "./login-routes.ts";
import {
  adminDevicePage,
  adminDevicePath,
  adminPath,
  auditPage,
  overviewPage,
  searchPage,
  waitingPage,
} from "./pages/admin.tsx";
import type { Done } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { type Question, questionPage } from "./pages/question.tsx";
import { nameOf } from "./pages/standing.tsx";
import { wipePage } from "./pages/wipe.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { AdminVisit, Answer, Parameters } from "./visit.ts";

const devicePattern = `${adminPath}/users/:user/devices/:device`;
const mostAudit = 200;
/** Of the log, in which is searched. */
const mostSearched = 10_000;
const day = 86_400;

export function adminRoutes(parts: PortalParts): readonly Route<AdminVisit>[] {
  const { registry, admins, fullWipe } = parts;

  function withDevice(work: (visit: AdminVisit, view: DeviceView) => Answer | Promise<Answer>) {
    return async (visit: AdminVisit, { user = "", device = "" }: Parameters): Promise<Answer> => {
      const view = await registry.find({ user, device });
      return view ? work(visit, view) : errorPage(visit, 404);
    };
  }

  function deed(name: string, action: Action, done: Done): Route<AdminVisit> {
    return {
      method: "POST",
      path: `${devicePattern}/${name}`,
      once: true,
      run: withDevice((visit, { scope }) => {
        const list = name === "remove" ? "devices" : visit.form.get("back") === "waiting" ? "waiting" : undefined;
        const path = list === undefined ? adminDevicePath(scope) : `${adminPath}/${list}`;
        return carryOut(registry, visit, { scope, action, done, path });
      }),
    };
  }

  function ask(
    name: string,
    question: (name: string) => Pick<Question, "title" | "says" | "button">,
  ): Route<AdminVisit> {
    return {
      method: "GET",
      path: `${devicePattern}/${name}`,
      run: withDevice((visit, view) => {
        const back = adminDevicePath(view.scope);
        return questionPage(visit, { ...question(nameOf(view)), action: `${back}/${name}`, back });
      }),
    };
  }

  async function wipe(visit: AdminVisit, view: DeviceView): Promise<Answer> {
    const path = adminDevicePath(view.scope);
    const again = (status: number, wrong: string) => wipePage(visit, { view, path, fullWipe, wrong, status });
    const { session, client, form } = visit;
    const password = new Secret((form.get("password") ?? "").slice(0, 1_024));
    const verdict = await admins.check({ name: session.name, password, code: "", client }, false);
    if (verdict === "refused") return again(422, "That is not your password. Nothing was done.");
    if ("wait" in verdict) return again(429, `Too many wrong passwords. Try again in ${minutesText(verdict.wait)}.`);
    const kind = form.get("kind") === "full" ? "full" : "account";
    return carryOut(registry, visit, { scope: view.scope, action: { kind: "wipe", wipe: kind }, done: "wipe", path });
  }

  async function overview(visit: AdminVisit): Promise<Answer> {
    const byAccess = new Map<DeviceView["access"], number>();
    const users = new Set<string>();
    let devices = 0;
    let today = 0;
    for await (const view of registry.all()) {
      users.add(view.scope.user);
      devices += 1;
      today += Number(seenAt(view) > visit.now / 1000 - day);
      byAccess.set(view.access, (byAccess.get(view.access) ?? 0) + 1);
    }
    const lately = await registry.audit.read({ most: 8 });
    const servers = parts.backendHealth();
    const brakes = parts.firedBrakes();
    return overviewPage(visit, { users: users.size, devices, today, byAccess, lately, servers, brakes });
  }

  async function waiting(visit: AdminVisit): Promise<Answer> {
    const devices: DeviceView[] = [];
    for await (const view of registry.all()) if (view.access === "quarantined") devices.push(view);
    devices.sort((one, two) => (two.control.quarantined ?? 0) - (one.control.quarantined ?? 0));
    return waitingPage(visit, devices);
  }

  async function audit(visit: AdminVisit): Promise<Answer> {
    const words = (visit.url.searchParams.get("q") ?? "").slice(0, 200);
    const role = visit.url.searchParams.get("role") ?? "";
    const entries = await registry.audit.read({ most: mostSearched });
    const fitting = entries.filter((entry) => fitsAudit(entry, words, role)).slice(0, mostAudit);
    return auditPage(visit, { words, role }, fitting);
  }

  return [
    { method: "GET", path: adminPath, run: overview },
    {
      method: "GET",
      path: `${adminPath}/devices`,
      async run(visit) {
        const filter = filterOf(visit.url);
        return searchPage(visit, filter, await searchDevices(registry, filter, visit.now));
      },
    },
    { method: "GET", path: `${adminPath}/waiting`, run: waiting },
    { method: "GET", path: `${adminPath}/audit`, run: audit },
    {
      method: "GET",
      path: devicePattern,
      run: withDevice(async (visit, view) =>
        adminDevicePage(visit, view, await registry.audit.read({ ...view.scope, most: 20 })),
      ),
    },
    deed("allow", { kind: "allow" }, "allowed"),
    deed("block", { kind: "block" }, "blocked"),
    deed("resync", { kind: "resync" }, "resync"),
    deed("remove", { kind: "remove" }, "removed"),
    deed("cancel-wipe", { kind: "cancel-wipe" }, "cancelled"),
    deed("reprovision", { kind: "reprovision" }, "reprovision"),
    ask("block", (name) => ({
      title: `Block ${name}?`,
      says: <p>It keeps what it has and gets nothing new, until somebody lets it in again.</p>,
      button: "Block",
    })),
    ask("resync", (name) => ({
      title: `Fetch everything anew on ${name}?`,
      says: (
        <p>The device forgets what it has of this account and fetches it once more. On the server nothing changes.</p>
      ),
      button: "Fetch everything anew",
    })),
    ask("reprovision", (name) => ({
      title: `Ask ${name} for its policy anew?`,
      says: <p>The device gets nothing until it has accepted the policy once more. Most do so by themselves.</p>,
      button: "Ask anew",
    })),
    ask("remove", (name) => ({
      title: `Remove ${name}?`,
      says: (
        <p>
          The gateway forgets the device, its name and what was decided of it. If it still has the password it comes
          back as a new one; to keep it out, block it instead.
        </p>
      ),
      button: "Remove",
    })),
    {
      method: "GET",
      path: `${devicePattern}/wipe`,
      run: withDevice((visit, view) => wipePage(visit, { view, path: adminDevicePath(view.scope), fullWipe })),
    },
    { method: "POST", path: `${devicePattern}/wipe`, once: true, run: withDevice(wipe) },
    ...conversationRoutes<AdminVisit>(parts, {
      pattern: devicePattern,
      find: (_visit, { user = "", device = "" }) => registry.find({ user, device }),
      pathOf: ({ scope }) => adminDevicePath(scope),
      isOwner: false,
    }),
  ];
}

function fitsAudit({ by, action, user, device, detail = "" }: AuditEntry, words: string, role: string): boolean {
  if (role !== "" && by.role !== role) return false;
  const text = [by.name, by.role, by.address ?? "", action, user, device, detail].join("\n").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
