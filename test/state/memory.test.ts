import { createMemoryState } from "../../src/state/memory.ts";
import { describeState } from "./contract.ts";

describeState("memory", async (now) => createMemoryState(now));
