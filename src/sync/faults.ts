/**
 * Named moments at which a process may die. The kill tests end the process at each of them, restart, replay the
 * request and compare phone and server; in production the hook does nothing.
 */
export const faultPoints = [
  /** The collection's lease is held; nothing was done yet. */
  "lease",
  /** The intents of a request are committed; no backend write was made. */
  "intent",
  "before-write",
  "after-write",
  /** All writes are made; results and new key are about to be committed. */
  "before-commit",
  /** Results and new key are committed; the answer was not sent. */
  "commit",
  "first-byte",
  "last-byte",
] as const;

export type FaultPoint = (typeof faultPoints)[number];

/** Called at each point, in order. May end the process, or throw in tests. */
export type Fault = (point: FaultPoint) => void;

export const noFault: Fault = () => {};
