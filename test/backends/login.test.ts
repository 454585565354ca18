import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";

/** A login tells as soon as its password was taken, and only then. */

let twin: Twin;

beforeAll(async () => {
  twin = await startTwin();
});
afterAll(() => twin.stop());

it("says so before the account is found", async () => {
  const backend = createDavBackend({ url: twin.url });
  const onTaken = vi.fn();
  const before: number[] = [];
  const account = await backend.login(
    { user: "anna", password: new Secret("geheim") },
    {
      onTaken: () => {
        before.push(twin.seen.length);
        onTaken();
      },
    },
  );
  expect(account.user).not.toBe("");
  expect(onTaken).toHaveBeenCalledTimes(1);
  expect(before[0]).toBeLessThan(twin.seen.length);
  await backend.close();
});

it("does not where it was refused", async () => {
  const backend = createDavBackend({ url: twin.url });
  const onTaken = vi.fn();
  const login = backend.login({ user: "anna", password: new Secret("falsch") }, { onTaken });
  await expect(login).rejects.toThrow();
  expect(onTaken).not.toHaveBeenCalled();
  await backend.close();
});
