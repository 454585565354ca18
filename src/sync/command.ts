import type { Element } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import { fingerprint } from "./ids.ts";

/** A command of a device inside a Sync collection, as the engine takes it (MS-ASCMD 2.2.1.21). */
export type Command =
  | {
      readonly kind: "Add";
      readonly clientId: string;
      /** Class the device named, when it is not the collection's own (SMS). */
      readonly className?: string;
      readonly data: Element;
      /** Of a draft: it is to be sent (MS-ASEMAIL_R1389). */
      readonly send?: true;
    }
  | {
      readonly kind: "Change";
      readonly serverId: string;
      readonly instanceId?: string;
      readonly data: Element;
      readonly send?: true;
    }
  | {
      readonly kind: "Delete";
      readonly serverId: string;
      readonly instanceId?: string;
      /** Of a message: it does not go to the trash (DeletesAsMoves, MS-ASCMD_R2133). */
      readonly isFinal?: true;
    }
  | { readonly kind: "Fetch"; readonly serverId: string };

/** Tells a command from every other one: who it is about, and what it says. */
export function commandFingerprint(command: Command): string {
  const send = "send" in command && command.send ? " Send" : "";
  if (command.kind === "Add") return fingerprint(`Add ${command.clientId} ${contentFingerprint(command.data)}${send}`);
  const instance = "instanceId" in command ? (command.instanceId ?? "") : "";
  const content = command.kind === "Change" ? contentFingerprint(command.data) + send : "";
  return fingerprint(`${command.kind} ${command.serverId} ${instance} ${content}`);
}

/** What an item says, whoever says it under which key. */
export function contentFingerprint(data: Element): string {
  return fingerprint(encodeFragment(data));
}
