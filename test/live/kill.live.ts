import { itemStories } from "../sync/kill-items.ts";
import { describeKills } from "../sync/kills.ts";

const { add, change, remove, adds, addEvent, changeEvent, occurrence } = itemStories;

describeKills("the embedded store", [remove, adds, occurrence, addEvent, changeEvent]);
describeKills("Redis", [add, change, adds, occurrence]);
