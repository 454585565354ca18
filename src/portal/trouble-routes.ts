/** What did not sync, and deletions that were held back, for the device's owner to decide. */
import type { DeviceView } from "../devices/registry.ts";
import { executeHeld, forgetHeld, listHeld } from "../sync/troubles/held.ts";
import { forgetTroubles, listTroubles } from "../sync/troubles/list.ts";
import { carryOut } from "./device-deeds.ts";
import { devicePath } from "./pages/device-path.ts";
import { type Done, withDone } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { troublesPage } from "./pages/troubles.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { Answer, Parameters, UserVisit } from "./visit.ts";

const pattern = "/portal/devices/:device";

/** What stands on a device's own page of it. */
export interface TroubleSummary {
  readonly troubles: number;
  readonly held: readonly HeldFolder[];
}

/** Deletions of one folder. */
export interface HeldFolder {
  readonly folder: string;
  readonly name: string;
  readonly count: number;
}

export async function summaryOf(
  { state, registry, now }: Pick<PortalParts, "state" | "registry" | "now">,
  { scope }: DeviceView,
): Promise<TroubleSummary> {
  const [troubles, held, names] = await Promise.all([
    listTroubles(state, scope, now()),
    listHeld(state, scope),
    folderNames(registry, scope),
  ]);
  return {
    troubles: troubles.length,
    held: held.map(({ folder, items }) => ({ folder, name: names.get(folder) ?? "a folder", count: items.length })),
  };
}

export function troubleRoutes({ state, registry, undoing, log, now }: PortalParts): readonly Route<UserVisit>[] {
  function withDevice(work: (visit: UserVisit, view: DeviceView, folder: string) => Answer | Promise<Answer>) {
    return async (visit: UserVisit, { device = "", folder = "" }: Parameters): Promise<Answer> => {
      const view = await registry.find({ user: visit.user, device });
      return view ? work(visit, view, folder) : errorPage(visit, 404);
    };
  }

  function decideDeletes(name: string, allowed: boolean, done: Done): Route<UserVisit> {
    return {
      method: "POST",
      path: `${pattern}/${name}`,
      once: true,
      run: withDevice((visit, { scope }) => {
        const action = { kind: "allow-deletes", allowed } as const;
        return carryOut(registry, visit, { scope, action, done, path: devicePath(scope.device) });
      }),
    };
  }

  return [
    {
      method: "GET",
      path: `${pattern}/troubles`,
      run: withDevice(async (visit, view) => {
        const [troubles, names] = await Promise.all([
          listTroubles(state, view.scope, now()),
          folderNames(registry, view.scope),
        ]);
        return troublesPage(visit, view, { troubles, names });
      }),
    },
    {
      method: "POST",
      path: `${pattern}/troubles`,
      run: withDevice(async (_visit, { scope }) => {
        await forgetTroubles(state, scope);
        return { to: withDone(`${devicePath(scope.device)}/troubles`, "forgiven") };
      }),
    },
    {
      method: "POST",
      path: `${pattern}/held/:folder/delete`,
      once: true,
      run: withDevice(async ({ account, ...visit }, { scope }, folder) => {
        if (!account) return errorPage(visit, 503);
        const { changed, failed } = await executeHeld({ services: undoing, account, scope, log }, folder);
        const done = failed > 0 ? "not-deleted" : changed > 0 ? "partly-deleted" : "deleted";
        return { to: withDone(devicePath(scope.device), done) };
      }),
    },
    {
      method: "POST",
      path: `${pattern}/held/:folder/keep`,
      once: true,
      run: withDevice(async (_visit, { scope }, folder) => {
        await forgetHeld(state, scope, folder);
        return { to: withDone(devicePath(scope.device), "kept") };
      }),
    },
    decideDeletes("allow-deletes", true, "deletes-allowed"),
    decideDeletes("hold-deletes", false, "deletes-held"),
  ];
}

async function folderNames(
  registry: PortalParts["registry"],
  scope: DeviceView["scope"],
): Promise<ReadonlyMap<string, string>> {
  return new Map((await registry.foldersOf(scope)).map(({ id, name }) => [id, name]));
}
