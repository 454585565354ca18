/** Devices in words. What they say of themselves is shown without anything that a terminal would obey. */
import type { DeviceView } from "../../devices/registry.ts";
import type { Folder } from "../../sync/records.ts";

/** One line for each, in columns. */
export function tableOfDevices(views: readonly DeviceView[]): string {
  if (views.length === 0) return "no devices\n";
  const head = ["DEVICE", "USER", "TYPE", "VERSION", "LAST SEEN", "ACCESS", "NAME"];
  const rows = views
    .toSorted((one, two) => (two.lastSeen?.at ?? 0) - (one.lastSeen?.at ?? 0))
    .map(({ scope, lastSeen, type, access, control }) => [
      scope.device,
      lastSeen?.names[0] ?? scope.user,
      type,
      lastSeen?.version ?? "",
      time(lastSeen?.at),
      access,
      control.name ?? "",
    ]);
  const lines = [head, ...rows].map((row) => row.map(shown));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** All that is known of one. */
export function describeDevice(view: DeviceView, folders: readonly Folder[]): string {
  const { scope, lastSeen, control, rules, policy } = view;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["device", scope.device],
    ["account", scope.user],
    ["login", lastSeen?.login],
    ["name", control.name],
    ["type", view.type],
    ["software", view.userAgent],
    ["version", lastSeen?.version],
    ["address", lastSeen?.address],
    ["first seen", time(view.firstSeen)],
    ["last seen", time(lastSeen?.at)],
    ["last sync", time(lastSeen?.synced)],
    ["access", view.access],
    ["wipe", control.wipe && `${control.wipe.kind}, ${control.wipe.state}`],
    ["provisioning", `${rules.provisioning}, policy ${rules.policy}`],
    ["policy", policy.state],
    ["recorded", control.inspect && `until ${time(control.inspect.until)}`],
    ...Object.entries(view.information).map(([name, value]) => [name, value] as const),
    ["folders", folders.map(({ name }) => name).join(", ")],
    ["not shown", control.hidden?.join(", ")],
  ];
  return facts
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${`${shown(name)}:`.padEnd(16)}${shown(value ?? "")}\n`)
    .join("");
}

function time(seconds: number | undefined): string {
  return seconds === undefined ? "" : new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

function shown(text: string): string {
  return text.replace(/\p{C}/gu, "?").slice(0, 512);
}
