/** Tests that name the trap they are about: the table of traps is made of them (`npm run generate`). */
import { expect, it } from "vitest";
import { met } from "./dav-twin.ts";
import type { TrapName } from "./dav-twin-traps.ts";

/** A test of one switch of the twin. It fails, too, when the twin was never asked while the switch was on. */
export function trap(name: TrapName, title: string, test: () => Promise<void>): void {
  it(title, async () => {
    met.delete(name);
    await test();
    expect(met, "no request met the trap").toContain(name);
  });
}

/** A test that a real server does what the switch imitates. `server` is its name and version. */
export function seenOn(server: string, name: TrapName, test: () => Promise<void>): void {
  it(`${server} does what the twin's ${name} imitates`, test);
}
