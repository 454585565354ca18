import { describe, expect, it } from "vitest";
import { checkConfig } from "../../src/config.ts";
import { findLogin } from "../../src/server/login-name.ts";

const dav = { url: "https://cloud.example.org" };
const backend = { login: () => Promise.reject(new Error("nobody logs in here")), close: () => Promise.resolve() };

function setsOf(...backends: readonly object[]) {
  const config = checkConfig({ backends: backends.map((one) => ({ dav, ...one })) });
  return config.backends.map((set) => ({ ...set, backend }));
}

describe("whose login a mail address is", () => {
  const sets = setsOf(
    {
      name: "one",
      domains: ["example.org"],
      login: { at: "{user}" },
      addresses: { "Anna.Schmidt@example.org": "anna" },
    },
    { name: "two", domains: ["example.com"], addresses: { "info@example.org": "bob" } },
  );

  it.each([
    ["is listed, in any case", "anna.SCHMIDT@example.org", "one", "anna"],
    ["is listed by another backend than its domain's", "info@example.org", "two", "bob"],
    ["is made by the form otherwise", "carol@example.org", "one", "carol"],
    ["stays what it is where the form says so", "carol@example.com", "two", "carol@example.com"],
  ])("%s", (_, typed, name, user) => {
    const found = findLogin(sets, typed);
    expect([found.set.name, found.user]).toEqual([name, user]);
  });

  it("is nobody's at a domain that no backend has", () => {
    expect(() => findLogin(sets, "anna@example.net")).toThrow("login refused");
  });
});
