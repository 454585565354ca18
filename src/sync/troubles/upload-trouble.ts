/** What a command that was not carried out says to the device's owner. */
import { BackendError, EasError, MappingError } from "../../errors.ts";
import { childText } from "../../wire/element.ts";
import { type Command, contentFingerprint } from "../command.ts";
import type { Noticed, TroubleKind } from "./trouble.ts";

/** The item of a command: what a device adds again, under whatever ClientId, is the same. */
export function itemOf(command: Command): string {
  return command.kind === "Add" ? contentFingerprint(command.data) : command.serverId;
}

/** `status` is what the device is answered. */
export function uploadTrouble(command: Command, status: number, kind: TroubleKind, error?: unknown): Noticed {
  const title = "data" in command ? titleIn(command) : undefined;
  const property = error instanceof MappingError ? error.property : undefined;
  return {
    direction: "up",
    item: itemOf(command),
    kind,
    status,
    ...(title === undefined ? {} : { title }),
    ...(property === undefined ? {} : { property }),
  };
}

/** Why a command failed. */
export function kindOf(error: unknown): TroubleKind {
  if (error instanceof MappingError) return "not-understood";
  if (error instanceof BackendError) return kinds[error.kind];
  return error instanceof EasError ? "unreached" : "refused";
}

const kinds: Readonly<Record<BackendError["kind"], TroubleKind>> = {
  auth: "unreached",
  gone: "gone",
  conflict: "conflict",
  busy: "unreached",
  refused: "refused",
  "too-large": "too-large",
  unreachable: "unreached",
  "bad-cursor": "unreached",
};

const titles = ["Calendar:Subject", "Contacts:FileAs", "Tasks:Subject", "Notes:Subject", "Email:Subject"] as const;
const longestTitle = 120;

function titleIn({ data }: Extract<Command, { readonly data: unknown }>): string | undefined {
  for (const name of titles) {
    const text = childText(data, name);
    if (text) return text.slice(0, longestTitle);
  }
  return undefined;
}
