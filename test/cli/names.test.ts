/** What the doctor takes for an answer of DNS. */
import { describe, expect, it } from "vitest";
import { createNames, mailDomainOf } from "../../src/cli/doctor/names.ts";

interface Zone {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly srv?: readonly {
    readonly name: string;
    readonly port: number;
    readonly priority: number;
    readonly weight: number;
  }[];
  /** Where the world's names are known. */
  readonly isPublic?: boolean;
  /** The code that every question ends with. */
  readonly fails?: string;
}

function names({ a = [], aaaa = [], srv = [], isPublic = true, fails }: Zone) {
  const answer = <T>(records: readonly T[], code = "ENODATA"): Promise<T[]> => {
    if (fails === undefined && records.length > 0) return Promise.resolve([...records]);
    return Promise.reject(Object.assign(new Error(fails ?? code), { code: fails ?? code }));
  };
  return createNames({
    resolve4: () => answer(a),
    resolve6: () => answer(aaaa, "ENOTFOUND"),
    resolveSrv: () => answer(srv),
    resolveNs: () => answer(isPublic ? ["a0.org.afilias-nst.info"] : []),
  });
}

describe("DNS", () => {
  it("tells the addresses of both kinds", async () => {
    expect(await names({ a: ["192.0.2.1"], aaaa: ["2001:db8::1"] }).addresses("x.org")).toEqual([
      "192.0.2.1",
      "2001:db8::1",
    ]);
    expect(await names({ aaaa: ["2001:db8::1"] }).addresses("x.org")).toEqual(["2001:db8::1"]);
    expect(await names({ fails: "ETIMEOUT" }).addresses("192.0.2.1")).toEqual(["192.0.2.1"]);
  });

  it("tells that there is none, where it would know", async () => {
    expect(await names({}).addresses("x.org")).toEqual([]);
    expect(await names({}).services("_autodiscover._tcp.x.org")).toEqual([]);
  });

  it("is not believed that there is none, where it knows nothing of the world", async () => {
    const told = names({ isPublic: false });
    await expect(told.addresses("x.org")).rejects.toThrow("knows no public names");
    await expect(told.services("_autodiscover._tcp.x.org")).rejects.toThrow("knows no public names");
    expect(await names({ isPublic: false, a: ["10.0.0.1"] }).addresses("phones.lan")).toEqual(["10.0.0.1"]);
  });

  it.each(["ETIMEOUT", "ECONNREFUSED", "ESERVFAIL"])("gives no answer: %s", async (fails) => {
    await expect(names({ fails }).addresses("x.org")).rejects.toThrow(fails);
  });

  it("orders services by priority, then by weight", async () => {
    const srv = [
      { name: "c", port: 3, priority: 2, weight: 9 },
      { name: "b", port: 2, priority: 1, weight: 1 },
      { name: "a", port: 1, priority: 1, weight: 5 },
    ];
    expect((await names({ srv }).services("x")).map(({ host, port }) => `${host}:${port}`)).toEqual([
      "a:1",
      "b:2",
      "c:3",
    ]);
  });
});

it.each([
  ["anna@Example.org", "example.org"],
  ["anna", undefined],
  ["OFFICE\\anna@example.org", undefined],
  ["@example.org", undefined],
])("the mail domain of %s is %s", (login, domain) => {
  expect(mailDomainOf(login)).toBe(domain);
});
