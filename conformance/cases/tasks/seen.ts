/** What the cases about tasks have in common. */
import { children, type Element, text } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { Observed, Trial } from "../../runner/case.ts";
import { itemsWith } from "../../runner/trial.ts";
import { named, only, task } from "../samples.ts";

/** How another device sees the only task with the marker. */
export async function seen(t: Trial): Promise<Observed> {
  return t.found(only(await t.observe("Tasks")), "another device sees the task");
}

/** The same by a device that never saw it before: what an older answer told it would stay with it. */
export async function seenAnew(t: Trial): Promise<Observed> {
  const reader = t.device();
  const folder = await t.folder(reader, "Tasks");
  return t.found(only(itemsWith(reader, folder, t.marker)), "a new device sees the task");
}

/** A task of the device's with these elements besides its subject. */
export async function taskOf(device: Device, t: Trial, more: readonly Element[] = []) {
  const folder = await t.folder(device, "Tasks");
  const names = new Set(more.map(({ name }) => name));
  const data = [...task(t.marker).filter(({ name }) => !names.has(name)), ...more];
  const { status, serverId } = await t.add(device, folder, data);
  t.given(status === 1, "the Add is taken");
  return { folder, serverId, data };
}

/** The Status of an Add of these elements besides the subject. */
export async function statusOfAdd(device: Device, t: Trial, more: readonly Element[]): Promise<number | undefined> {
  const folder = await t.folder(device, "Tasks");
  const commands = [{ kind: "Add" as const, clientId: "1", data: [...task(t.marker), ...more] }];
  const { results } = await device.sync(folder, { commands });
  for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
  return results[0]?.status;
}

/** The recurrence of a task by tag; undefined when it has none. */
export function taskRule(data: readonly Element[]): Readonly<Record<string, string>> | undefined {
  const found = named(data, "Tasks:Recurrence");
  if (found === undefined || children(found).length === 0) return undefined;
  return Object.fromEntries(children(found).map((inner) => [inner.name.slice("Tasks:".length), text(inner)]));
}

/** Of a day in March 2031, a Wednesday: both tags of a time, as a device in UTC says them. */
export function day(which: "Start" | "Due", date = "2031-03-05", time = "00:00:00"): Record<string, string> {
  const at = `${date}T${time}.000Z`;
  return { [`Utc${which}Date`]: at, [`${which}Date`]: at };
}
