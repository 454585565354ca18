/** The process dies at every moment of a request; `npm run test:servers` tells more of it, and on Redis. */
import { itemStories } from "./kill-items.ts";
import { describeKills } from "./kills.ts";

const { add, change } = itemStories;

describeKills("the embedded store", [add, change]);
