/** The gateway's own address where it is not configured: what phones asked by, and never in what others may get. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../gateway/start.ts";
import { ask, basic, requestFor, type Told } from "./ask.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.end());

const json = { path: "/autodiscover/autodiscover.json?Email=anna@example.org&Protocol=ActiveSync", method: "GET" };

function post(headers: Readonly<Record<string, string>>): Promise<Told> {
  return ask(gateway.url, {
    headers: { ...basic("anna", "secret"), ...headers },
    body: requestFor("anna@example.org"),
  });
}

function urlIn({ text }: Told): string | undefined {
  return /<Url>(.*)<\/Url>/.exec(text)?.[1] ?? /"Url":"(.*)"/.exec(text)?.[1];
}

describe("without publicUrl", () => {
  it("a phone that logged in is told the name it asked by, and TLS", async () => {
    expect(urlIn(await post({ Host: "Autodiscover.Example.org" }))).toBe(
      "https://autodiscover.example.org/Microsoft-Server-ActiveSync",
    );
    expect(urlIn(await post({ Host: "example.org:8443" }))).toBe(
      "https://example.org:8443/Microsoft-Server-ActiveSync",
    );
  });

  it("who did not log in is told no name that he brought", async () => {
    const answer = await ask(gateway.url, { ...json, headers: { Host: "evil.example" } });
    expect([answer.status, urlIn(answer)]).toEqual([404, undefined]);
    expect(answer.text).not.toContain("evil");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("this machine is told as it is: nobody else can be led astray by it", async () => {
    const own = `${gateway.url}/Microsoft-Server-ActiveSync`;
    expect(urlIn(await post({}))).toBe(own);
    expect(urlIn(await ask(gateway.url, json))).toBe(own);
  });

  it("a proxy's own name for us is not told", async () => {
    const answer = await post({ "X-Forwarded-For": "192.0.2.1" });
    expect(urlIn(answer)).toBeUndefined();
    expect(answer.text).toContain("<Status>2</Status>");
  });

  it.each(["evil.example/x", "a@evil.example", "evil.example?x", "evil.example#", "[::1", "a b", '"><Url>', "x:99999"])(
    "what is no name is not told: %s",
    async (host) => {
      const answer = await post({ Host: host });
      expect(urlIn(answer)).toBeUndefined();
      expect(answer.text).not.toContain("evil");
    },
  );
});
