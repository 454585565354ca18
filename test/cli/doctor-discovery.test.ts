/** What the doctor says of DNS: which records phones need, and whether they are there. */
import { describe, expect, it } from "vitest";
import { checkDiscovery } from "../../src/cli/doctor/discovery.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import type { Names, Service } from "../../src/cli/doctor/names.ts";
import { checkConfig } from "../../src/config.ts";

const dav = { url: "https://cloud.example.org" };
const publicUrl = "https://phones.example.org";

interface Records {
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly services?: Readonly<Record<string, readonly Service[]>>;
  readonly isDown?: boolean;
}

async function findings(settings: object, records: Records = {}, login?: string): Promise<readonly Finding[]> {
  const { addresses = {}, services = {}, isDown = false } = records;
  const tell = <T>(value: T): Promise<T> =>
    isDown ? Promise.reject(new Error("queryA ETIMEOUT")) : Promise.resolve(value);
  const names: Names = {
    addresses: (host) => tell(addresses[host] ?? []),
    services: (name) => tell(services[name] ?? []),
  };
  const config = checkConfig({ backends: [{ dav }], ...settings });
  const found: Finding[] = [];
  for await (const finding of checkDiscovery(config, names, login)) found.push(finding);
  return found;
}

const here = { "phones.example.org": ["192.0.2.1"] };
const served = { publicUrl, backends: [{ dav, domains: ["example.org", "office"] }] };

describe("the doctor, of the records that phones need", () => {
  it("finds them", async () => {
    const found = await findings(served, { addresses: { ...here, "autodiscover.example.org": ["192.0.2.1"] } });
    expect(found.map(({ level, says }) => [level, says])).toEqual([
      ["good", "DNS knows phones.example.org, where publicUrl sends phones"],
      ["good", "phones find autodiscover.example.org by addresses of example.org"],
    ]);
  });

  it("misses them, and says which", async () => {
    const [own, domain, ...more] = await findings(served, { addresses: {} });
    expect(more).toEqual([]);
    expect(own).toMatchObject({ level: "bad", mend: "add its A or AAAA record" });
    expect(domain?.mend).toBe(
      "add autodiscover.example.org. CNAME phones.example.org. (and the certificate for that name too), " +
        "or _autodiscover._tcp.example.org. SRV 0 0 443 phones.example.org.",
    );
  });

  it.each<[what: string, records: Records, expected: RegExp]>([
    [
      "another machine",
      { addresses: { ...here, "autodiscover.example.org": ["192.0.2.9"] } },
      /another machine than phones\.example\.org -> see to it that \/autodiscover\/ is passed on/,
    ],
    [
      "the SRV record alone",
      { addresses: here, services: srv("phones.example.org") },
      /SRV record of example\.org sends phones to phones\.example\.org:443, which not all .* CNAME/,
    ],
    [
      "an SRV record of another",
      { addresses: here, services: srv("old.example.org") },
      /to old\.example\.org:443, not to phones/,
    ],
    [
      "no DNS",
      { isDown: true },
      /DNS gives no answer here.*\(queryA ETIMEOUT\) -> needed is autodiscover\.example\.org\. CNAME/,
    ],
  ])("tells: %s", async (_, records, expected) => {
    const [found, ...more] = (await findings(served, records)).filter(({ level }) => level !== "good");
    expect(more).toEqual([]);
    expect(found?.level).toBe("advice");
    expect(`${found?.says} -> ${found?.mend}`).toMatch(expected);
  });

  it("looks at every mail domain that the configuration or the login names", async () => {
    const settings = {
      publicUrl,
      backends: [
        { name: "a", dav, domains: ["a.org"], mailDomain: "b.org", addresses: { "x@c.org": "x" } },
        { name: "b", dav },
      ],
      autodiscover: { redirects: [{ domains: ["d.org"], url: "https://other.example" }] },
    };
    const found = (await findings(settings, { addresses: here }, "anna@E.org")).map(({ says }) => says).join("\n");
    for (const domain of ["a.org", "b.org", "c.org", "d.org", "e.org"])
      expect(found).toContain(`by addresses of ${domain}:`);
    expect(await findings(settings, { addresses: here }, "OFFICE\\anna")).toHaveLength(5);
  });

  it("asks for publicUrl, and for one that hides passwords", async () => {
    const [without, ...none] = await findings({});
    expect([without?.level, without?.mend, none]).toEqual([
      "advice",
      "set publicUrl to the gateway's address as phones have it",
      [],
    ]);
    const [clear] = await findings({ publicUrl: "http://phones.example.org" }, { addresses: here });
    expect([clear?.level, clear?.says]).toEqual(["bad", "publicUrl sends phones, and their passwords, to http"]);
  });
});

function srv(host: string): Readonly<Record<string, readonly Service[]>> {
  return { "_autodiscover._tcp.example.org": [{ host, port: 443 }] };
}
