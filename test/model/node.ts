/** A gateway of the model, which may die and stand still. */
import type { NodeTrouble } from "./story.ts";

export interface ModelNode {
  readonly name: string;
  /** Where it listens now; another address after it was started again. */
  readonly url: string;
  readonly state: "up" | "frozen" | "dead";
  /** It dies, or stands still, when it comes to that moment; undefined: nothing of that kind. */
  arm(trouble: NodeTrouble | undefined): Promise<void>;
  /** At once, as a power switch would. Its connections break. */
  kill(): Promise<void>;
  /** What stood still goes on. */
  thaw(): Promise<void>;
  /** Starts it again, on what it left behind. */
  start(): Promise<void>;
  /** Called when it dies or stands still. */
  readonly onDown: Set<() => void>;
  /** Resolves when nothing is under way in it. */
  rest(): Promise<void>;
  /** The device is made to start over; left out where nobody can be asked to do that. */
  startOver?(device: string): Promise<void>;
  /** Tells it that the server changed. */
  hook(): Promise<void>;
  /** Errors that it logged and nobody caused, since this was last asked. */
  surprises(): readonly string[];
  stop(): Promise<void>;
}
