/** What a phone sends: asked for until it is answered, sent once whatever becomes of the answers. */
import { readSending, type SendingAnswer } from "../../../conformance/device/answers.ts";
import { atLeast } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { isBusy, type Phone, type Sending } from "../phone.ts";
import { Failure, type Scene } from "../scene.ts";
import type { Composing, PhoneStep, Trouble } from "../story.ts";
import { inTrouble } from "../trouble.ts";
import type { Edit } from "../truth.ts";
import { copyOf } from "./client.ts";
import { composed, mailState, noticeOf } from "./messages.ts";

const commands = { send: "SendMail", reply: "SmartReply", forward: "SmartForward" } as const satisfies Record<
  Composing,
  string
>;

export async function sendStep(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "send" }>,
  isBoth: boolean,
): Promise<void> {
  const made = plan(scene, phone, step);
  if (made) phone.sendings = [...phone.sendings, made];
  if (step.later !== true) await askForSendings(scene, phone, step.trouble, isBoth);
}

function plan(scene: Scene, phone: Phone, step: Extract<PhoneStep, { kind: "send" }>): Sending | undefined {
  const { item, how, of, saved, isNamed } = step;
  const source = of === undefined ? undefined : phone.find(of);
  if (!scene.mail || scene.truth.names.includes(item) || (how !== "send" && !source)) return undefined;
  scene.count(`to be sent: ${how}`);
  const edit = (name: string, what: string, apply: Edit["apply"]): Edit => ({
    id: scene.nextNumber(),
    item: name,
    what: `${what} of ${item} by ${phone.name}`,
    apply,
    recreates: false,
    isVain: true,
  });
  // A server that keeps what it sends does so unasked.
  const isKept = saved || scene.mail.savesSent;
  const notice = mailState(noticeOf(item), "inbox", {});
  return {
    item,
    how,
    source,
    message: composed(item, how, isNamed),
    saved,
    clientId: phone.device.newClientId(),
    version: phone.traits.version,
    copy: isKept ? edit(item, "copy", (state) => state ?? copyOf(item)) : undefined,
    edits: [
      edit(noticeOf(item), "notice", (state) => state ?? notice),
      ...(source && how !== "send"
        ? [
            edit(source.name, how, (state) => {
              const verb = how === "reply" || state?.fields.verb === "1" ? "1" : "3";
              return state && { ...state, fields: { ...state.fields, verb } };
            }),
          ]
        : []),
    ],
    tries: 0,
    wasTroubled: false,
    mayRefuse: false,
    mayLackCopy: false,
    hadCause: false,
  };
}

/** Those that were not answered yet, one after the other; the trouble is the first one's. */
export async function askForSendings(scene: Scene, phone: Phone, trouble?: Trouble, isBoth = false): Promise<void> {
  let next = trouble;
  for (const sending of phone.sendings) {
    await ask(scene, phone, sending, next, isBoth);
    next = undefined;
  }
}

async function ask(
  scene: Scene,
  phone: Phone,
  sending: Sending,
  trouble: Trouble | undefined,
  isBoth: boolean,
): Promise<void> {
  const { source } = sending;
  sending.tries += 1;
  if (trouble || isBoth || sending.tries > 1) sending.wasTroubled = true;
  if (trouble?.backend?.what === "refused") sending.mayRefuse = true;
  if (trouble?.backend?.at === "mail-append" || trouble?.backend?.at === "mail-find") sending.mayLackCopy = true;
  if (source && (isBoth || trouble?.backend || phone.isStale(source.name, source.shelf) || isLeft(phone, sending)))
    sending.hadCause = true;
  for (const edit of [...(sending.copy ? [sending.copy] : []), ...sending.edits]) {
    scene.truth.sent(edit);
    for (const one of scene.phones) one.markStale(edit.item);
  }
  phone.last = undefined;
  await inTrouble(scene, phone, trouble, async () => {
    const answer = await send(phone, sending);
    phone.endPing();
    scene.trace?.(`   ${phone.name} ${sending.how} of ${sending.item}: Status ${answer.status}`);
    scene.count(`sending status ${answer.status}`);
    judge(scene, phone, sending, answer.status);
  });
}

/** What it answers was moved or deleted by the phone itself, or is in a folder that the phone has no more. */
function isLeft(phone: Phone, { source }: Sending): boolean {
  if (source && isBusy(phone, source.name)) return true;
  return source !== undefined && (phone.displaced.has(source.name) || phone.find(source.name)?.id !== source.id);
}

async function send(phone: Phone, { how, message, saved, source, clientId, version }: Sending): Promise<SendingAnswer> {
  const command = commands[how];
  if (!atLeast(version, "14.0")) {
    const parameters = source ? { collectionId: source.shelf.id, itemId: source.id } : {};
    return readSending(await phone.device.send(command, message, { saveInSent: saved, parameters }));
  }
  const body = element(`ComposeMail:${command}`, [
    element("ComposeMail:ClientId", clientId),
    source &&
      element("ComposeMail:Source", [
        element("ComposeMail:FolderId", source.shelf.id),
        element("ComposeMail:ItemId", source.id),
      ]),
    saved ? element("ComposeMail:SaveInSentItems") : undefined,
    element("ComposeMail:Mime", message),
  ]);
  return readSending(await phone.device.send(command, body));
}

/** Comes again later: 111, 503. For good: the source is no more (150), or what was refused (116, 120); 500 below 14.0. */
const temporary = new Set([111, 503]);
const final = new Set([116, 120, 150, 500]);

function judge(scene: Scene, phone: Phone, sending: Sending, status: number): void {
  const { item, copy, edits, mayRefuse, hadCause, wasTroubled } = sending;
  const mayLackCopy = sending.mayLackCopy || hadCause;
  const { mail, truth } = scene;
  if (!mail || !phone.sendings.includes(sending)) return;
  const what = `${sending.how} of ${item} by ${phone.name}, Status ${status}`;
  const taken = mail.taken(item);
  mail.list();
  const isNoticed = mail.wasSeen(noticeOf(item));
  if (temporary.has(status)) {
    if (!wasTroubled && !hadCause) throw new Failure(`${what}: for no reason`);
    return;
  }
  phone.sendings = phone.sendings.filter((one) => one !== sending);
  if (status === 1) {
    if (taken === 0 && !isNoticed) throw new Failure(`${what}: nobody got it, and nobody was told`);
    if (isNoticed && !wasTroubled) throw new Failure(`${what}: a notice without a reason`);
    // Where nobody knew whether it was sent, the node that sent it may keep its copy when it is thawed.
    if (copy && !isNoticed) truth.made({ ...copy, isVain: mayLackCopy });
    for (const edit of edits) truth.made({ ...edit, isVain: true });
    return;
  }
  if (!final.has(status)) throw new Failure(`${what}: it is none that can be`);
  if (!mayRefuse && !hadCause) throw new Failure(`${what}: without a reason`);
  if (taken > 0) throw new Failure(`${what}: it was sent all the same`);
  if (isNoticed) throw new Failure(`${what}: with a notice that says it may be sent`);
  for (const edit of [...(copy ? [copy] : []), ...edits]) truth.refused(edit, false);
}
