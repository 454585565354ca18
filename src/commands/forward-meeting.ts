/** SmartForward of an event of the calendar, to those that the device names (16.0 and later; MS-ASCMD_R7177). */
import { BackendError, EasError } from "../errors.ts";
import { isAddress } from "../mapping/outgoing/addresses.ts";
import { type Forwardee, forwardMeeting } from "../mapping/outgoing/forward-meeting.ts";
import { idCharacters, mailRecipients } from "../schema/limits.ts";
import { atLeast } from "../schema/versions.ts";
import { readEvent } from "../sync/mail/event-source.ts";
import { sendOnce } from "../sync/mail/sending.ts";
import { child, childrenNamed, childText, type Element, text } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import { refusalOf } from "./composed.ts";
import type { Answer, CommandRequest } from "./handler.ts";

/** Whether the request names whom a meeting is forwarded to. */
export function namesForwardees({ session, body }: CommandRequest): boolean {
  return atLeast(session.version, "16.0") && body !== undefined && said.some((name) => child(body, name));
}

export async function sendMeeting(request: CommandRequest): Promise<Answer> {
  const { session, body, note } = request;
  if (!body) throw new EasError(103, "no SmartForward document");
  const clientId = childText(body, "ComposeMail:ClientId") ?? "";
  if (clientId === "" || clientId.length > idCharacters)
    throw new EasError(103, `ClientId of ${clientId.length} characters`);
  const wrong = excluded.find((name) => child(body, name));
  if (wrong) throw new EasError(178, `Forwardees or Body beside ${wrong}`);
  const forwardees = forwardeesIn(body);
  const words = wordsIn(body);
  const stored = await eventOf(session, child(body, "ComposeMail:Source"));
  const { account, services } = session;
  const sender = { addresses: account.addresses, displayName: account.displayName };
  const context = { now: services.now() };
  try {
    const result = await sendOnce(session, {
      identity: JSON.stringify(["ClientId", clientId]),
      upload: Buffer.from(encodeFragment(body)),
      saveInSent: true,
      compose: async () => forwardMeeting({ stored, forwardees, body: words, sender, context }),
    });
    note({ ...result });
  } catch (error) {
    throw refusalOf(error, request);
  }
  return undefined;
}

/** @throws EasError 179 */
function forwardeesIn(body: Element): readonly Forwardee[] {
  const list = child(body, "ComposeMail:Forwardees");
  const forwardees = (list ? childrenNamed(list, "ComposeMail:Forwardee") : []).map((one) => ({
    name: childText(one, "ComposeMail:Name")?.trim() ?? "",
    address: childText(one, "ComposeMail:Email")?.trim() ?? "",
  }));
  const isRight = forwardees.length > 0 && forwardees.every(({ address }) => isAddress(address));
  if (!isRight || forwardees.length > mailRecipients)
    throw new EasError(179, "nobody is named whom it could be sent to");
  return forwardees;
}

/** @throws EasError 179 */
function wordsIn(body: Element): { readonly type: number; readonly text: string } {
  const found = child(body, "AirSyncBase:Body");
  const type = Number((found && childText(found, "AirSyncBase:Type")) ?? "1");
  if (type !== 1 && type !== 2) throw new EasError(179, `a body of type ${type}`);
  const data = found && child(found, "AirSyncBase:Data");
  return { type, text: data ? text(data) : "" };
}

/** @throws EasError 150, and 178 for what is no event: nothing else is forwarded so (MS-ASCMD_R7177). */
async function eventOf(session: CommandRequest["session"], source: Element | undefined): Promise<string> {
  const folder = source && childText(source, "ComposeMail:FolderId");
  const item = source && childText(source, "ComposeMail:ItemId");
  if (!source || folder === undefined || item === undefined || item.length > idCharacters)
    throw new EasError(103, "no event is named");
  // An occurrence has no text of its own to be sent.
  if (childText(source, "ComposeMail:InstanceId")) throw new EasError(150, "one occurrence cannot be forwarded alone");
  try {
    const stored = await readEvent(session, folder, item);
    if (stored === undefined) throw new EasError(178, "Forwardees for what is no event");
    return stored;
  } catch (error) {
    if (error instanceof BackendError && error.kind === "gone")
      throw new EasError(150, "the event is no more", { cause: error });
    throw error;
  }
}

const said = ["ComposeMail:Forwardees", "AirSyncBase:Body"] as const;
/** MS-ASCMD_R7176 */
const excluded = [
  "ComposeMail:Mime",
  "ComposeMail:SaveInSentItems",
  "ComposeMail:ReplaceMime",
  "RightsManagement:TemplateID",
] as const;
