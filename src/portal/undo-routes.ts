/** The journal of a device, for its owner to take back what the device did. */
import type { DeviceView } from "../devices/registry.ts";
import type { JournalEntry } from "../sync/journal/entry.ts";
import { type Desk, type Undone, undoEntry, undoSince } from "../sync/journal/undo.ts";
import { devicePath } from "./pages/device-path.ts";
import { withDone } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { entryPage, journalPage, undonePage } from "./pages/undo.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { Answer, Parameters, UserVisit } from "./visit.ts";

const pattern = "/portal/devices/:device/undo";
/** Changes on one page. */
const shown = 200;
/** Seconds of which all can be undone. */
const spans = [3_600, 21_600, 86_400, 604_800];

export function undoRoutes({ registry, undoing, log }: PortalParts): readonly Route<UserVisit>[] {
  const { journal } = undoing;

  function withDevice(work: (visit: UserVisit, view: DeviceView, entry: string) => Answer | Promise<Answer>) {
    return async (visit: UserVisit, { device = "", entry = "" }: Parameters): Promise<Answer> => {
      const view = await registry.find({ user: visit.user, device });
      return view ? work(visit, view, entry) : errorPage(visit, 404);
    };
  }

  /** Undefined while the server is away. */
  function deskFor({ account }: UserVisit, { scope }: DeviceView): Desk | undefined {
    return account && { services: undoing, account, scope, log };
  }

  async function find(view: DeviceView, id: string): Promise<JournalEntry | undefined> {
    return (await journal?.find(view.scope, [id]))?.[0];
  }

  function tell(visit: UserVisit, view: DeviceView, results: readonly Undone[]): Answer {
    const path = `${devicePath(view.scope.device)}/undo`;
    const isAllDone = results.every(({ outcome }) => outcome === "undone" || outcome === "already");
    if (results.length === 0) return { to: withDone(path, "nothing") };
    return isAllDone ? { to: withDone(path, "undone") } : undonePage(visit, view, results);
  }

  return [
    {
      method: "GET",
      path: pattern,
      run: withDevice(async (visit, view) => {
        const entries = await journal?.list(view.scope);
        return journalPage(visit, view, entries?.slice(0, shown));
      }),
    },
    {
      method: "POST",
      path: pattern,
      once: true,
      run: withDevice(async (visit, view) => {
        const desk = deskFor(visit, view);
        if (!desk) return errorPage(visit, 503);
        const entry = await find(view, visit.form.get("from") ?? "");
        const asked = Number(visit.form.get("seconds"));
        const span = spans.find((one) => one === asked);
        const since = entry?.at ?? (span === undefined ? undefined : visit.now - span * 1000);
        if (since === undefined) return errorPage(visit, 400);
        return tell(visit, view, await undoSince(desk, since));
      }),
    },
    {
      method: "GET",
      path: `${pattern}/:entry`,
      run: withDevice(async (visit, view, id) => {
        const entry = await find(view, id);
        if (!entry) return errorPage(visit, 404);
        return entryPage(visit, view, { entry, texts: await journal?.texts(view.scope, id) });
      }),
    },
    {
      method: "POST",
      path: `${pattern}/:entry`,
      once: true,
      run: withDevice(async (visit, view, id) => {
        const desk = deskFor(visit, view);
        if (!desk) return errorPage(visit, 503);
        const force = visit.form.get("force") === "yes";
        return tell(visit, view, [await undoEntry(desk, id, { force })]);
      }),
    },
  ];
}
