/** Stores a message. */
import type { MessageName } from "../mail.ts";
import { atom } from "./client.ts";
import { isFlag } from "./flag.ts";
import { nameOf } from "./names.ts";
import type { Session } from "./session.ts";
import { codeOf, numberOf } from "./tree.ts";

/** Its name by APPENDUID (RFC 4315), where the server says it. */
export async function append(
  session: Session,
  mailbox: string,
  message: Buffer,
  flags: readonly string[],
): Promise<MessageName | undefined> {
  const kept = flags.filter((flag) => isFlag(flag) && flag.toLowerCase() !== "\\recent");
  const attributes = [session.name(mailbox), kept.map(atom), { type: "LITERAL" as const, value: message }];
  const { name, rest } = codeOf(await session.say("APPEND", attributes));
  const [uidValidity, uid] = [numberOf(rest[0]), numberOf(rest[1])];
  return name === "APPENDUID" && uidValidity !== undefined && uid !== undefined ? nameOf(uidValidity, uid) : undefined;
}
