/** Which of all devices an administrator looks for. */
import type { DeviceRegistry, DeviceView } from "../devices/registry.ts";
import { nameOf } from "./pages/standing.tsx";

export interface DeviceFilter {
  /** Words; each is to be found in the user, the device's name, id, type or agent. */
  readonly words: string;
  readonly access: string;
  readonly version: string;
  /** Days without a word of it, at least; empty: any. */
  readonly silent: string;
}

export interface Found {
  readonly devices: readonly DeviceView[];
  /** How many there are in all, this page's included. */
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** Devices on one page. */
const perPage = 50;
const day = 86_400;

export function filterOf({ searchParams }: URL): DeviceFilter & { readonly page: number } {
  const text = (name: string): string => (searchParams.get(name) ?? "").slice(0, 200);
  const page = Number(text("page"));
  return {
    words: text("q"),
    access: text("access"),
    version: text("version"),
    silent: text("silent"),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** What was seen last comes first. @param now milliseconds since 1970. */
export async function searchDevices(
  registry: DeviceRegistry,
  { page, ...filter }: DeviceFilter & { readonly page: number },
  now: number,
): Promise<Found> {
  const found: DeviceView[] = [];
  for await (const view of registry.all()) if (fits(view, filter, now)) found.push(view);
  found.sort((one, two) => seenAt(two) - seenAt(one));
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const at = Math.min(page, pages);
  return { devices: found.slice((at - 1) * perPage, at * perPage), total: found.length, page: at, pages };
}

export function seenAt({ lastSeen, firstSeen }: DeviceView): number {
  return lastSeen?.at ?? firstSeen;
}

function fits(view: DeviceView, { words, access, version, silent }: DeviceFilter, now: number): boolean {
  if (access !== "" && view.access !== access) return false;
  if (version !== "" && view.lastSeen?.version !== version) return false;
  if (silent !== "" && now / 1000 - seenAt(view) < Number(silent) * day) return false;
  const { scope, type, userAgent, lastSeen } = view;
  const text = [nameOf(view), scope.user, scope.device, type, userAgent, ...(lastSeen?.names ?? [])]
    .join("\n")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
