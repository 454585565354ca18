/** @jsxImportSource preact */
/** What users find at the portal: their own devices, and nobody else's. */
import { timingSafeEqual } from "node:crypto";
import type { Action, DeviceView } from "../devices/registry.ts";
import { choosableOf } from "./collections.ts";
import { conversationRoutes } from "./conversation-routes.tsx";
import { carryOut } from "./device-deeds.ts";
import { minutesText } from "./login-routes.ts";
import { devicePage } from "./pages/device.tsx";
import { devicePath } from "./pages/device-path.ts";
import { devicesPage } from "./pages/devices.tsx";
import type { Done } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { type Question, questionPage } from "./pages/question.tsx";
import { nameOf } from "./pages/standing.tsx";
import { wipePage } from "./pages/wipe.tsx";
import type { PortalParts } from "./parts.ts";
import { passwordRoutes } from "./password-routes.ts";
import type { Route } from "./routes.ts";
import { summaryOf, troubleRoutes } from "./trouble-routes.ts";
import { undoRoutes } from "./undo-routes.ts";
import type { Answer, Parameters, UserVisit } from "./visit.ts";

/** Wrong passwords typed in front of a wipe, in a quarter of an hour. */
const mostWrong = 5;

export function userRoutes(parts: PortalParts): readonly Route<UserVisit>[] {
  const { registry, attempts, fullWipe } = parts;

  /** A device of this very user; for any other there is the same page as for one that does not exist. */
  function withDevice(work: (visit: UserVisit, view: DeviceView) => Answer | Promise<Answer>) {
    return async (visit: UserVisit, { device = "" }: Parameters): Promise<Answer> => {
      const view = await registry.find({ user: visit.user, device });
      return view ? work(visit, view) : errorPage(visit, 404);
    };
  }

  function deed(name: string, action: (visit: UserVisit) => Action, done: Done, once = true): Route<UserVisit> {
    return {
      method: "POST",
      path: `/portal/devices/:device/${name}`,
      ...(once ? { once: true } : {}),
      run: withDevice((visit, { scope }) => {
        const path = name === "remove" ? "/portal/devices" : devicePath(scope.device);
        return carryOut(registry, visit, { scope, action: action(visit), done, path });
      }),
    };
  }

  function ask(
    name: string,
    question: (name: string) => Pick<Question, "title" | "says" | "button" | "hurts">,
  ): Route<UserVisit> {
    return {
      method: "GET",
      path: `/portal/devices/:device/${name}`,
      run: withDevice((visit, view) => {
        const back = devicePath(view.scope.device);
        return questionPage(visit, { ...question(nameOf(view)), action: `${back}/${name}`, back });
      }),
    };
  }

  async function wipe(visit: UserVisit, view: DeviceView): Promise<Answer> {
    const path = devicePath(view.scope.device);
    const again = (status: number, wrong: string) => wipePage(visit, { view, path, fullWipe, wrong, status });
    const attempt = await attempts.enter(JSON.stringify(["wipe", visit.user]), mostWrong);
    if ("wait" in attempt) return again(429, `Too many wrong passwords. Try again in ${minutesText(attempt.wait)}.`);
    // That of the login was right with this very page: nobody is asked, whoever guesses here.
    if (!isSame(visit.form.get("password") ?? "", visit.login.password.reveal()))
      return again(422, "That is not your password. Nothing was done.");
    await attempt.forgive();
    const kind = visit.form.get("kind") === "full" ? "full" : "account";
    return carryOut(registry, visit, { scope: view.scope, action: { kind: "wipe", wipe: kind }, done: "wipe", path });
  }

  async function chooseFolders(visit: UserVisit, view: DeviceView): Promise<Answer> {
    const choosable = await choosableOf(visit.account);
    if (choosable === undefined) return errorPage(visit, 503);
    const existing = new Set(choosable.map(({ href }) => href));
    const offered = new Set(visit.form.getAll("offered").filter((href) => existing.has(href)));
    const shown = new Set(visit.form.getAll("shown"));
    // What the page did not offer stays as it was decided: made since, or not there for the moment.
    const before = (view.control.hidden ?? []).filter((href) => !offered.has(href));
    const hidden = [...before, ...[...offered].filter((href) => !shown.has(href))];
    const path = devicePath(view.scope.device);
    return carryOut(registry, visit, { scope: view.scope, action: { kind: "choose", hidden }, done: "chosen", path });
  }

  return [
    {
      method: "GET",
      path: "/portal/devices",
      run: async (visit) => devicesPage(visit, await registry.devicesOf(visit.user)),
    },
    {
      method: "GET",
      path: "/portal/devices/:device",
      run: withDevice(async (visit, view) => {
        const [choosable, summary] = await Promise.all([choosableOf(visit.account), summaryOf(parts, view)]);
        return devicePage(visit, { view, choosable, summary });
      }),
    },
    { method: "POST", path: "/portal/devices/:device/folders", run: withDevice(chooseFolders) },
    deed("rename", ({ form }) => ({ kind: "rename", name: form.get("name") ?? "" }), "renamed", false),
    deed("allow", () => ({ kind: "allow" }), "allowed"),
    deed("block", () => ({ kind: "block" }), "blocked"),
    deed("resync", () => ({ kind: "resync" }), "resync"),
    deed("remove", () => ({ kind: "remove" }), "removed"),
    deed("cancel-wipe", () => ({ kind: "cancel-wipe" }), "cancelled"),
    ask("block", (name) => ({
      title: `Block ${name}?`,
      says: <p>{"It keeps what it has and gets nothing new, until you let it in again."}</p>,
      button: "Block",
    })),
    ask("resync", (name) => ({
      title: `Fetch everything anew on ${name}?`,
      says: (
        <p>
          {"The device forgets what it has of this account and fetches it once more. On your server nothing changes."}
        </p>
      ),
      button: "Fetch everything anew",
    })),
    ask("remove", (name) => ({
      title: `Remove ${name}?`,
      says: (
        <p>
          The gateway forgets the device, its name and what was decided of it. A device that still has your password
          comes back as a new one with its next connection; to keep it out, block it instead.
        </p>
      ),
      button: "Remove",
    })),
    {
      method: "GET",
      path: "/portal/devices/:device/wipe",
      run: withDevice((visit, view) => wipePage(visit, { view, path: devicePath(view.scope.device), fullWipe })),
    },
    { method: "POST", path: "/portal/devices/:device/wipe", once: true, run: withDevice(wipe) },
    ...passwordRoutes(parts),
    ...undoRoutes(parts),
    ...troubleRoutes(parts),
    ...conversationRoutes<UserVisit>(parts, {
      pattern: "/portal/devices/:device",
      find: ({ user }, { device = "" }) => registry.find({ user, device }),
      pathOf: ({ scope }) => devicePath(scope.device),
      isOwner: true,
    }),
  ];
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
