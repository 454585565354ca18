/** The other mail client, and what becomes of mailboxes as such. */
import type { Box, StoredMessage } from "../../../src/backends/memory/mail-store.ts";
import { Failure, type Scene } from "../scene.ts";
import { type BoxStep, type MailStep, type Name, nameOf, type Place } from "../story.ts";
import { flagsFor, incoming, mailState, readMail } from "./messages.ts";
import { isDeleted, type ModelMail } from "./server.ts";

const hour = 3_600_000;

/** All at once, as one client's command is. Every phone is behind then. */
export function mailStep(scene: Scene, step: MailStep): void {
  const { mail, truth } = scene;
  if (!mail) return;
  if (step.kind === "mail-expunge") {
    const box = mail.box(step.place);
    for (const message of box?.messages.values() ?? []) if (box && isDeleted(message)) mail.store.expunge(box, message);
    return;
  }
  const found = findMessage(mail, step.item);
  const before = found && !isDeleted(found.message) ? stateOf(found) : undefined;
  if (!act(scene, mail, step, found)) return;
  const now = findMessage(mail, step.item);
  truth.wrote(step.item, before, now && !isDeleted(now.message) ? stateOf(now) : undefined);
  scene.count("mail");
  if (step.kind !== "mail-flag" && step.kind !== "mail-come") scene.moved.add(step.item);
  for (const phone of scene.phones) phone.markStale(step.item);
}

interface Found {
  readonly box: Box;
  readonly place: Place;
  readonly message: StoredMessage;
}

/** False when it makes no sense. */
function act(scene: Scene, { store, box: boxAt }: ModelMail, step: MailStep, found: Found | undefined): boolean {
  switch (step.kind) {
    case "mail-come": {
      const box = boxAt(step.place);
      if (found || !box || scene.truth.names.includes(step.item)) return false;
      const received = new Date(scene.clock.now() - step.hours * hour);
      store.add(box, { raw: incoming(step.item), received, flags: flagsFor(step.fields) });
      return true;
    }
    case "mail-flag": {
      if (!found || isDeleted(found.message)) return false;
      const { fields } = stateOf(found);
      store.setFlags(found.box, found.message, flagsFor({ ...fields, ...step.fields }));
      return true;
    }
    case "mail-move": {
      const box = boxAt(step.to);
      if (!found || !box || box === found.box || isDeleted(found.message)) return false;
      store.add(box, found.message);
      store.expunge(found.box, found.message);
      return true;
    }
    case "mail-delete":
      if (!found || isDeleted(found.message)) return false;
      store.setFlags(found.box, found.message, [...found.message.flags, "\\Deleted"]);
      return true;
    case "mail-undelete":
      if (!found || !isDeleted(found.message)) return false;
      store.setFlags(
        found.box,
        found.message,
        found.message.flags.filter((flag) => flag !== "\\Deleted"),
      );
      return true;
    case "mail-purge":
      if (!found) return false;
      store.expunge(found.box, found.message);
      return true;
    case "mail-expunge":
      return false;
  }
}

function findMessage({ places, box: boxAt }: ModelMail, item: Name): Found | undefined {
  for (const { place } of places()) {
    const box = boxAt(place);
    for (const message of box?.messages.values() ?? [])
      if (box && itemOf(place, message).name === item) return { box, place, message };
  }
  return undefined;
}

function itemOf(place: Place, { flags, received, raw }: StoredMessage) {
  return readMail(place, { flags, received: received.getTime(), raw: raw.toString("latin1") });
}

function stateOf({ place, message }: Found) {
  return itemOf(place, message).state;
}

export function boxStep(scene: Scene, step: BoxStep): void {
  const { mail, truth } = scene;
  const box = mail?.box(step.place);
  if (!mail || (box !== undefined) === (step.kind === "box-make")) return;
  const held = [...(box?.messages.values() ?? [])].map((message) => ({ message, item: itemOf(step.place, message) }));
  switch (step.kind) {
    case "box-make":
      mail.store.create(nameOf(step.place));
      scene.places = [...scene.places, { place: step.place, components: [] }];
      return;
    case "box-rename": {
      const name = `${nameOf(step.place)} ${step.more}`;
      mail.store.rename(box?.path ?? "", name);
      scene.renamed.set(step.place, name);
      // Until it asks for its folders a phone has one that is no more.
      scene.hasDropped = true;
      break;
    }
    case "box-drop":
      scene.hasDropped = true;
      mail.store.remove(box?.path ?? "");
      for (const { message, item } of held) if (!isDeleted(message)) truth.wrote(item.name, item.state, undefined);
      scene.places = scene.places.filter(({ place }) => place !== step.place);
      break;
    case "box-renew":
      if (box) mail.store.renew(box);
      scene.isInDoubt = true;
  }
  for (const { item } of held) {
    scene.moved.add(item.name);
    for (const phone of scene.phones) phone.markStale(item.name);
  }
}

/** A message that a phone wrote, where it is kept once it is sent. */
export function copyOf(item: Name) {
  return mailState(item, "sent", { read: "1" });
}

/** @throws Failure for a message that was sent twice. */
export function checkTaken({ mail, truth }: Scene): void {
  for (const item of truth.names)
    if (mail && item.startsWith("m") && mail.taken(item) > 1)
      throw new Failure(`${item} was sent ${mail.taken(item)} times`);
}
