/** What Redis and its client say when something is wrong, as the kinds that the gateway knows. */
import { StateError, type StateErrorKind } from "../../errors.ts";

/** By the first word of an error that Redis answers. */
const answered: Readonly<Record<string, StateErrorKind>> = {
  OOM: "full",
  // Redis cannot write its snapshot or its log: the disk is full, or not there.
  MISCONF: "full",
  READONLY: "readonly",
  NOREPLICAS: "readonly",
  NOAUTH: "refused",
  WRONGPASS: "refused",
  NOPERM: "refused",
  LOADING: "unreachable",
  BUSY: "unreachable",
  MASTERDOWN: "unreachable",
  CLUSTERDOWN: "unreachable",
  TRYAGAIN: "unreachable",
  UNBLOCKED: "unreachable",
  MOVED: "unreachable",
  ASK: "unreachable",
};

/** Kinds that a moment later may be over: a server that starts, a primary that is being replaced. */
export function mayPass({ kind }: StateError): boolean {
  return kind === "unreachable" || kind === "readonly";
}

/**
 * The error as the gateway knows it; undefined for one that is a bug. Neither the client's error nor its command is kept
 * on it: the command's arguments are records, or a password. `place` says which store, without credentials.
 */
export function stateErrorOf(error: unknown, place: string): StateError | undefined {
  if (error instanceof StateError) return error;
  if (!(error instanceof Error)) return undefined;
  const [first = ""] = error.message.split(" ", 1);
  const kind = answered[first] ?? (isOfConnection(error) ? "unreachable" : undefined);
  return kind && new StateError(kind, `the state store ${place}: ${plain(error)}`);
}

/** What is left of an error that nobody expected: without what was sent. */
export function unexpected(error: unknown, place: string): Error {
  return new Error(`the state store ${place}: ${error instanceof Error ? plain(error) : "an unknown error"}`);
}

/** Neither an answer of Redis' nor a mistake of ours: the client throws a plain Error for whatever breaks it off. */
function isOfConnection({ name }: Error): boolean {
  return name !== "ReplyError" && name !== "TypeError" && name !== "RangeError";
}

/** Redis may quote what it was sent, and from which script; its client says when it will try again. */
function plain({ message, name }: Error): string {
  const told = message
    .replace(/,? with args beginning with:.*/s, "")
    .replace(/ script: [0-9a-f]{40}.*/s, "")
    .replace(/ Retrying from scratch after [\d.]+ms\./, "");
  return told === "" ? name : told;
}
