/** A real Xandikos for tests. It knows neither users nor passwords: there is one principal, `/user/`. */
import { join } from "node:path";
import { backUpFolders } from "./backup.ts";
import { startProgram } from "./process.ts";
import type { TestServer } from "./radicale.ts";

/** With a calendar and an address book. */
export async function startXandikos(): Promise<TestServer> {
  const program = await startProgram({
    name: "xandikos",
    command: process.env.ISTHMUS_XANDIKOS ?? "xandikos",
    ready: "/",
    async prepare(folder, port) {
      return ["-d", join(folder, "data"), "--defaults", "-l", "127.0.0.1", "-p", String(port)];
    },
  });
  return {
    url: `http://127.0.0.1:${program.port}/`,
    user: "user",
    password: "any",
    calendar: "/user/calendars/calendar/",
    contacts: "/user/contacts/addressbook/",
    folder: program.folder,
    backUp: () => backUpFolders(program, ["data"]),
    stop: () => program.stop(),
  };
}
