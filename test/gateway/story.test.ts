import { startRadicale } from "../servers/radicale.ts";
import { startXandikos } from "../servers/xandikos.ts";
import { describeStory } from "./story.ts";

describeStory("Radicale", () => startRadicale());
describeStory("Xandikos", () => startXandikos());
