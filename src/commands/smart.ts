/** What SmartReply and SmartForward do: a message with what it answers or forwards (MS-ASCMD 2.2.1.18, 2.2.1.19). */
import { BackendError, EasError } from "../errors.ts";
import { compose } from "../mapping/outgoing/compose.ts";
import { parseUtc } from "../protocol/datetime.ts";
import { answeredOctets, requestOctets } from "../schema/limits.ts";
import { sendOnce } from "../sync/mail/sending.ts";
import { findSource, type MailSource, readSource } from "../sync/mail/source.ts";
import { type Composed, type NamedSource, readComposed, refusalOf } from "./composed.ts";
import type { Answer, CommandRequest } from "./handler.ts";

export async function sendSmart(request: CommandRequest, kind: "reply" | "forward"): Promise<Answer> {
  const { session, note } = request;
  const composed = readComposed(request, kind === "reply" ? "ComposeMail:SmartReply" : "ComposeMail:SmartForward");
  const { identity, upload, saveInSent, source: named } = composed;
  const id = idOf(named);
  const source = await findSource(session, { folder: named.folder, id });
  try {
    const result = await sendOnce(session, {
      identity,
      upload,
      saveInSent,
      compose: () => composeOf(request, composed, source, kind),
      ...(source && { source: { ...source, flag: kind === "reply" ? "\\Answered" : "$Forwarded" } }),
    });
    note({ octets: upload.length, ...result });
  } catch (error) {
    throw refusalOf(error, request);
  }
  return undefined;
}

async function composeOf(
  { session }: CommandRequest,
  { upload, replaceMime }: Composed,
  source: MailSource | undefined,
  kind: "reply" | "forward",
): Promise<Buffer> {
  if (!source) throw new EasError(150, "the device knows no such message");
  const isWhole = kind === "forward" && !replaceMime;
  try {
    const octets = isWhole ? requestOctets : answeredOctets;
    const original = await readSource(session, source, { octets, isWhole });
    return compose({ upload, original, kind, isWhole: replaceMime });
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.kind === "gone") throw new EasError(150, "the message is no more", { cause: error });
    if (error.kind === "too-large") throw new EasError(122, error.message, { cause: error });
    throw error;
  }
}

/** @throws EasError 103 when nothing is named, 104 for an instance that is no time (MS-ASCMD_R541, R578). */
function idOf({ item, longId, instance }: NamedSource): string {
  const id = item ?? longId ?? "";
  if (id === "") throw new EasError(103, "nothing is answered or forwarded");
  if (instance !== undefined && parseUtc(instance) === undefined)
    throw new EasError(104, "an InstanceId that is no time");
  return id;
}
