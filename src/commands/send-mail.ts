import { sendOnce } from "../sync/mail/sending.ts";
import { readComposed, refusalOf } from "./composed.ts";
import type { Handler } from "./handler.ts";

/** SendMail: a message as the device wrote it (MS-ASCMD 2.2.1.17). A success is answered without a word (R4379). */
export const sendMail: Handler = async (request) => {
  const { identity, upload, saveInSent } = readComposed(request, "ComposeMail:SendMail");
  try {
    const result = await sendOnce(request.session, { identity, upload, saveInSent, compose: async () => upload });
    request.note({ octets: upload.length, ...result });
  } catch (error) {
    throw refusalOf(error, request);
  }
  return undefined;
};
