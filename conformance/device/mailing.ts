/** A phone's mail beside Sync: what it sends, in both encodings, and the files it fetches. */
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { type FetchedFile, readFile, readSending, type SendingAnswer } from "./answers.ts";
import type { Reply, SendOptions } from "./connection.ts";
import { type ComposeDetails, composeRequest, fetchFileRequest, type SendingCommand } from "./requests.ts";

type Patience = Pick<SendOptions, "timeout" | "signal">;

export interface Mailing {
  /**
   * Sends a message as the version has it: the bare message and a query below 14.0, a document from then on. Without a
   * ClientId a new one is made; an empty one is left out.
   */
  sendMail(mime: Buffer | undefined, details?: ComposeDetails & Patience): Promise<SendingAnswer>;
  smartReply(mime: Buffer | undefined, details: ComposeDetails & Patience): Promise<SendingAnswer>;
  smartForward(mime: Buffer | undefined, details: ComposeDetails & Patience): Promise<SendingAnswer>;
  /** A file of a message by ItemOperations: all of it, or a range such as `0-9`. */
  fetchFile(
    reference: string,
    details?: Patience & { readonly range?: string; readonly isMultiPart?: boolean },
  ): Promise<FetchedFile>;
  /** A file of a message, as it is done below 14.0. */
  getAttachment(name: string, patience?: Patience): Promise<Reply>;
}

export interface MailingNeeds {
  readonly version: () => Version;
  readonly ask: (command: string, body: Element | Buffer | undefined, options: SendOptions) => Promise<Reply>;
}

export function createMailing({ version, ask }: MailingNeeds): Mailing {
  let clientIds = 0;

  async function send(
    command: SendingCommand,
    mime: Buffer | undefined,
    { timeout, signal, ...details }: ComposeDetails & Patience,
  ): Promise<SendingAnswer> {
    const patience = timeout === undefined ? { signal } : { signal, timeout };
    if (atLeast(version(), "14.0")) {
      const clientId = details.clientId ?? `m${Date.now()}-${++clientIds}`;
      const said = { ...details, clientId: clientId === "" ? undefined : clientId };
      return readSending(await ask(command, composeRequest(command, mime, said), patience));
    }
    const { folder, item, longId, instance } = details.source ?? {};
    const parameters = {
      ...(folder === undefined ? {} : { collectionId: folder }),
      ...(item === undefined ? {} : { itemId: item }),
      ...(longId === undefined ? {} : { longId }),
      ...(instance === undefined ? {} : { occurrence: instance }),
    };
    const headers = { "Content-Type": "message/rfc822" };
    const saveInSent = details.saveInSent === true;
    return readSending(await ask(command, mime, { ...patience, parameters, saveInSent, headers }));
  }

  return {
    sendMail: async (mime, details = {}) => send("SendMail", mime, details),
    smartReply: async (mime, details) => send("SmartReply", mime, details),
    smartForward: async (mime, details) => send("SmartForward", mime, details),
    async fetchFile(reference, { range, isMultiPart = false, ...patience } = {}) {
      const body = fetchFileRequest(reference, range);
      return readFile(await ask("ItemOperations", body, { ...patience, acceptMultiPart: isMultiPart }));
    },
    getAttachment: async (name, patience = {}) =>
      ask("GetAttachment", undefined, { ...patience, parameters: { attachmentName: name } }),
  };
}
