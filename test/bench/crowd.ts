/** Many phones that have fetched what there is and wait: what a gateway has to do most of the time. */
import { setTimeout as pause } from "node:timers/promises";
import type { ChildGateway } from "../gateway/child.ts";
import { createPhone, type Phone, type Watched } from "./phone.ts";

export interface Member {
  readonly phone: Phone;
  /** What it syncs and waits for. */
  readonly folders: Watched;
}

/** Phones that list their folders at one time: all at once would measure nothing but themselves. */
const atOnce = 40;
/** Seconds for all of a crowd to wait, after the last has sent its Ping. */
const patience = 60;

/** Each lists its folders, syncs its calendar and its contacts, or its inbox, and then does what it is made for. */
export async function gather(
  url: string,
  size: number,
  login: (number: number) => { readonly user: string; readonly password: string },
  what: "personal" | "mail",
  then: (member: Member) => void,
): Promise<readonly Member[]> {
  const members: Member[] = [];
  await each(
    Array.from({ length: size }, (_, number) => number),
    async (number) => {
      const { user, password } = login(number);
      const phone = createPhone(url, user, password, `crowd${number}`);
      const ids = await phone.folders();
      const folders: Watched =
        what === "mail"
          ? { [ids.get("2") ?? ""]: "Email" }
          : { [ids.get("8") ?? ""]: "Calendar", [ids.get("9") ?? ""]: "Contacts" };
      for (const id of Object.keys(folders)) {
        await phone.sync(id, { fromStart: true });
        while ((await phone.sync(id)).more);
      }
      const member = { phone, folders };
      members.push(member);
      then(member);
    },
  );
  return members;
}

/** Does this for one after the other, for some at a time. */
export async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of rest) await work(one);
    }),
  );
}

/** Resolves with the seconds it took. */
export async function untilWaiting(gateway: ChildGateway, phones: number, seconds = patience): Promise<number> {
  const began = performance.now();
  for (;;) {
    const { waiting } = await gateway.load();
    const took = (performance.now() - began) / 1000;
    if (waiting === phones) return took;
    if (took > seconds) throw new Error(`${waiting} of ${phones} phones wait`);
    await pause(100);
  }
}
