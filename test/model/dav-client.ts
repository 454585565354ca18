/** The other client: reads, changes what it means and writes back on condition that nobody came before. */
import { newText, shifted, slotOf, withFields, withKeptLine, withOccurrence } from "./dav-text.ts";
import { instant } from "./fields.ts";
import { type ItemState, readStored } from "./item-state.ts";
import type { ModelServer, Resource } from "./server.ts";
import { type ClassName, classOf, type DavStep, type Name } from "./story.ts";
import type { Truth } from "./truth.ts";

/** Does the step, if it makes sense, and tells what it found and what it left. */
export async function davStep(server: ModelServer, truth: Truth, step: DavStep): Promise<boolean> {
  const className = classOf(step.item);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const found = (await server.list(className)).find(({ text }) => nameOf(className, text) === step.item);
    if ((found !== undefined) === (step.kind === "dav-add")) return false;
    const done = found ? await edit(server, truth, step, found) : await add(server, truth, step);
    if (done !== "again") return done;
  }
  throw new Error(`the other client never came to ${step.kind} ${step.item}`);
}

export function nameOf(className: ClassName, text: string): Name {
  return readStored(className, text).name;
}

async function add(server: ModelServer, truth: Truth, step: DavStep): Promise<boolean | "again"> {
  if (step.kind !== "dav-add") return false;
  const className = classOf(step.item);
  const text = newText(step.item, `uid-${step.item}`, step.fields);
  const stored = await server.put(className, server.hrefOf(className, step.item), text, undefined);
  if (stored === undefined) return "again";
  truth.wrote(step.item, undefined, stateOf(className, stored));
  return true;
}

async function edit(server: ModelServer, truth: Truth, step: DavStep, found: Resource): Promise<boolean | "again"> {
  const className = classOf(step.item);
  const before = stateOf(className, found.text);
  if (step.kind === "dav-remove" || step.kind === "dav-move" || step.kind === "dav-recreate") {
    if (!(await server.remove(found.href, found.rev))) return "again";
    truth.wrote(step.item, before, undefined);
    if (step.kind === "dav-remove") return true;
    const text = step.kind === "dav-move" ? found.text : newText(step.item, before.uid, timed(step.fields, before));
    const href = step.kind === "dav-move" ? movedHref(found.href) : found.href;
    const stored = await server.put(className, href, text, undefined);
    if (stored !== undefined) truth.wrote(step.item, undefined, stateOf(className, stored));
    return true;
  }
  const text = edited(step, found.text, before);
  if (text === found.text) return false;
  const stored = await server.put(className, found.href, text, found.rev);
  if (stored === undefined) return "again";
  truth.wrote(step.item, before, stateOf(className, stored));
  return true;
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

/** An event needs a start: what was made again begins when it did. */
function timed(fields: Readonly<Record<string, string>>, before: ItemState): Readonly<Record<string, string>> {
  return before.fields.start === undefined ? fields : { ...fields, start: before.fields.start };
}

function movedHref(href: string): string {
  return href.replace(/(-m)?(\.\w+)$/, (_, mark: string | undefined, ending: string) => `${mark ? "" : "-m"}${ending}`);
}

function stateOf(className: ClassName, text: string): ItemState {
  return readStored(className, text).state;
}
