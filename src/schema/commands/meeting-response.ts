import { body } from "../items/base.ts";
import { type Command, inAnyOrder, inRequests, one, optional, sequence, some, values } from "../tree.ts";
import { since } from "../versions.ts";

const sendResponse = inAnyOrder(
  { ...body, versions: since("16.0") },
  optional("MeetingResponse:ProposedStartTime", since("16.1"), "MS-ASCMD_R6990101727"),
  optional("MeetingResponse:ProposedEndTime", since("16.1"), "MS-ASCMD_R6990101706"),
);

/** MeetingResponse: accept, accept tentatively, decline. */
export const meetingResponse: Command = {
  name: "MeetingResponse",
  request: one(
    "MeetingResponse:MeetingResponse",
    inAnyOrder(
      some(
        "MeetingResponse:Request",
        inAnyOrder(
          one("MeetingResponse:UserResponse", values(1, 2, 3), "MS-ASCMD_R2915"),
          optional("MeetingResponse:CollectionId", "MS-ASCMD_R1384"),
          optional("MeetingResponse:RequestId", "MS-ASCMD_R2463"),
          optional("Search:LongId", "MS-ASCMD_R5562"),
          optional("MeetingResponse:InstanceId", inRequests(since("14.1")), "MS-ASCMD_R1796"),
          optional("MeetingResponse:SendResponse", since("16.0"), sendResponse, "MS-ASCMD_R7109"),
        ),
        "MS-ASCMD_R2459",
      ),
    ),
    "MS-ASCMD_R1884",
  ),
  response: one(
    "MeetingResponse:MeetingResponse",
    sequence(
      some(
        "MeetingResponse:Result",
        sequence(
          optional("MeetingResponse:RequestId", "MS-ASCMD_R2467"),
          one("MeetingResponse:Status", "MS-ASCMD_R2733"),
          optional("MeetingResponse:CalendarId", "MS-ASCMD_R1107"),
          optional("MeetingResponse:InstanceId", since("14.1"), "MS-ASCMD_R6708"),
        ),
        "MS-ASCMD_R2508",
      ),
    ),
    "MS-ASCMD_R1888",
  ),
};
