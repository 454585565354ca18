import type { Handler } from "./handler.ts";
import { sendSmart } from "./smart.ts";

/** SmartReply: an answer, below which the server puts what is answered. A success has no document (MS-ASCMD_R5776). */
export const smartReply: Handler = (request) => sendSmart(request, "reply");
