/** The other client: reads, changes what it means and writes back on condition that nobody came before. */
import { newText, shifted, slotOf, withFields, withKeptLine, withOccurrence } from "./dav-text.ts";
import { instant } from "./fields.ts";
import type { ItemState, StoredItem } from "./item-state.ts";
import type { ModelServer, Resource } from "./server.ts";
import { classOf, type DavStep, type Fields } from "./story.ts";
import type { Truth } from "./truth.ts";

/** Reads a stored text. */
type Read = (resource: Pick<Resource, "className" | "place" | "text">) => StoredItem;

/** Does the step, if it makes sense, and tells what it found and what it left. */
export async function davStep(server: ModelServer, truth: Truth, step: DavStep, read: Read): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const found = (await server.list()).find((resource) => read(resource).name === step.item);
    if ((found !== undefined) === (step.kind === "dav-add")) return false;
    const done = found ? await edit(server, truth, step, found, read) : await add(server, truth, step, read);
    if (done !== "again") return done;
  }
  throw new Error(`the other client never came to ${step.kind} ${step.item}`);
}

async function add(server: ModelServer, truth: Truth, step: DavStep, read: Read): Promise<boolean | "again"> {
  if (step.kind !== "dav-add") return false;
  const { item, place } = step;
  const href = server.hrefOf(place, item);
  if (href === undefined) return false;
  const stored = await server.put(href, newText(item, `uid-${item}`, step.fields), undefined);
  if (stored === undefined) return "again";
  truth.wrote(item, undefined, read({ className: classOf(item), place, text: stored }).state);
  return true;
}

async function edit(
  server: ModelServer,
  truth: Truth,
  step: DavStep,
  found: Resource,
  read: Read,
): Promise<boolean | "again"> {
  const before = read(found).state;
  if (step.kind === "dav-refile" && (step.to === found.place || !server.hrefOf(step.to, step.item))) return false;
  const renewed = renewal(server, step, found, before);
  if (renewed || step.kind === "dav-remove") {
    if (!(await server.remove(found.href, found.rev))) return "again";
    truth.wrote(step.item, before, undefined);
    if (!renewed) return true;
    const stored = await server.put(renewed.href, renewed.text, undefined);
    if (stored !== undefined) truth.wrote(step.item, undefined, read({ ...found, ...renewed, text: stored }).state);
    return true;
  }
  const text = edited(step, found.text, before);
  if (text === found.text) return false;
  const stored = await server.put(found.href, text, found.rev);
  if (stored === undefined) return "again";
  truth.wrote(step.item, before, read({ ...found, text: stored }).state);
  return true;
}

/** What an item that is taken away and stored again becomes. */
function renewal(
  server: ModelServer,
  step: DavStep,
  found: Resource,
  before: ItemState,
): Pick<Resource, "href" | "place" | "text"> | undefined {
  switch (step.kind) {
    case "dav-move":
      return { ...found, href: movedHref(found.href) };
    case "dav-refile":
      return { ...found, place: step.to, href: server.hrefOf(step.to, step.item) ?? "" };
    case "dav-recreate":
      return { ...found, text: newText(step.item, before.uid, timed(step.fields, before)) };
    default:
      return undefined;
  }
}

function edited(step: DavStep, text: string, { fields }: ItemState): string {
  switch (step.kind) {
    case "dav-change":
      return withFields(text, step.item, step.fields);
    case "dav-line":
      return withKeptLine(text, step.item, step.line, step.value);
    case "dav-occurrence":
      if (!/^RRULE/m.test(text)) return text;
      return withOccurrence(text, step.item, slotOf(fields.start ?? "", step.slot), step.what, step.value);
    case "dav-shift":
      if (/VALUE=DATE:/.test(text) || new Date(instant(fields.start ?? "")).getUTCHours() + step.hours > 20)
        return text;
      return shifted(text, step.hours);
    default:
      return text;
  }
}

/** An event needs a start, a task that repeats a beginning: what was made again begins when it did. */
function timed(fields: Fields, { fields: before }: ItemState): Fields {
  if (before.start !== undefined) return { ...fields, start: before.start };
  return before.begins === undefined || before.begins === "" ? fields : { ...fields, begins: before.begins };
}

function movedHref(href: string): string {
  return href.replace(/(-m)?(\.\w+)$/, (_, mark: string | undefined, ending: string) => `${mark ? "" : "-m"}${ending}`);
}
