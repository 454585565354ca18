import { describeStory } from "../gateway/story.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";

describeStory("DAViCal", () => startDavical());
describeStory("Cyrus", () => startCyrus());
