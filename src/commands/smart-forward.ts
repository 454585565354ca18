import { namesForwardees, sendMeeting } from "./forward-meeting.ts";
import type { Handler } from "./handler.ts";
import { sendSmart } from "./smart.ts";

/** SmartForward: a message to others, with all of another. A success has no document (MS-ASCMD_R4407). */
export const smartForward: Handler = (request) =>
  namesForwardees(request) ? sendMeeting(request) : sendSmart(request, "forward");
