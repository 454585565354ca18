/** A phone reads a message by itself, whole. */
import { atLeast } from "../../../src/schema/versions.ts";
import type { Element } from "../../../src/wire/element.ts";
import { type HeldItem, isBusy, type Phone } from "../phone.ts";
import { Failure, isTemporary, type Scene } from "../scene.ts";
import type { PhoneStep } from "../story.ts";
import { inTrouble } from "../trouble.ts";
import { saidOfMail } from "./messages.ts";

export async function fetchStep(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "fetch" }>,
  isBoth: boolean,
): Promise<void> {
  const item = phone.find(step.item);
  if (!item || !atLeast(phone.traits.version, "12.0")) return;
  const { trouble } = step;
  const isDisturbed = isBoth || trouble?.backend !== undefined || isBusy(phone, item.name);
  const hadCause = isDisturbed || phone.isStale(item.name, item.shelf);
  phone.last = undefined;
  await inTrouble(scene, phone, trouble, async () => {
    const { items, reply, status } = await phone.device.fetch(item.shelf.folder, item.id, {
      bodyPreferences: [{ type: 1, truncationSize: 10_000 }],
    });
    phone.endPing();
    if (isTemporary(reply.status)) return;
    const [fetched] = items;
    scene.count(`fetch status ${fetched?.status ?? status}`);
    if (fetched?.status !== 1) {
      if (!hadCause && !phone.displaced.has(item.name))
        throw new Failure(`${item.name} cannot be fetched: ${status}, ${fetched?.status}`);
      return;
    }
    check(item, fetched.data);
  });
}

function check({ name }: HeldItem, data: readonly Element[]): void {
  const { text = "" } = saidOfMail(data);
  if (!name.startsWith("z") && text !== `text of ${name}`)
    throw new Failure(`${name} is fetched as ${JSON.stringify(text)}`);
}
