/** The address of a protocol's server, told to anybody who asks. */
import { describe, expect, it } from "vitest";
import { answerJson, type JsonOptions } from "../../../src/server/autodiscover/json.ts";

const origin = "https://phones.example.org";
const path = "/autodiscover/autodiscover.json";
const usual: JsonOptions = {
  origin,
  elsewhere: () => undefined,
  serves: (address) => address.endsWith("@example.org"),
};

function answer(target: string, options: Partial<JsonOptions> = {}) {
  const { body, ...rest } = answerJson(target, { ...usual, ...options });
  return { ...rest, told: body === "" ? undefined : (JSON.parse(body) as unknown) };
}

describe("who asks by address and protocol", () => {
  const sync = { Protocol: "ActiveSync", Url: `${origin}/Microsoft-Server-ActiveSync` };
  it.each([
    ["in the query", `${path}?Email=anna@example.org&Protocol=ActiveSync&RedirectCount=1`, sync],
    ["in any case", `/AutoDiscover/autodiscover.json?EMAIL=Anna%40example.org&protocol=activesync`, sync],
    ["in the path", `${path}/v1.0/anna@example.org?Protocol=ActiveSync`, sync],
    ["in the path, encoded", `${path}/v1.0/anna%40example.org/?Protocol=ActiveSync`, sync],
    [
      "for the older form",
      `${path}?Email=anna@example.org&Protocol=AutodiscoverV1`,
      { Protocol: "AutodiscoverV1", Url: `${origin}/autodiscover/autodiscover.xml` },
    ],
  ])("is told its address: %s", (_, target, told) => {
    expect(answer(target)).toEqual({ status: 200, told });
  });

  it.each([
    ["no address", "?Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["what is no address", "?Email=anna&Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["a script", "?Email=%3Cscript%3E@example.org&Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["a NUL", "?Email=a%00@example.org&Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["half an escape", "/v1.0/anna%4?Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["another path", "/v9/anna@example.org?Protocol=ActiveSync", 400, "MandatoryParameterMissing"],
    ["no protocol", "?Email=anna@example.org", 400, "MandatoryParameterMissing"],
    ["an empty protocol", "?Email=anna@example.org&Protocol=", 400, "MandatoryParameterMissing"],
    ["a protocol that is not spoken", "?Email=anna@example.org&Protocol=EWS", 400, "InvalidProtocol"],
    ["what every object has", "?Email=anna@example.org&Protocol=constructor", 400, "InvalidProtocol"],
    ["a domain of somebody else's", "?Email=anna@example.net&Protocol=ActiveSync", 404, "UserNotFound"],
  ])("is refused with %s, and gets nothing of it back", (_, target, status, code) => {
    const { status: seen, told } = answer(`${path}${target}`);
    expect([seen, told]).toEqual([status, { ErrorCode: code, ErrorMessage: expect.any(String) }]);
    expect(JSON.stringify(told)).not.toMatch(/anna|script|EWS|constructor/);
  });

  it("is sent on where the domain is elsewhere", () => {
    const target = `${path}?Email=anna%2Bx@example.net&Protocol=ActiveSync`;
    const query = "?Email=anna%2Bx%40example.net&Protocol=ActiveSync";
    const url = new URL("https://mail.example.net:444/Autodiscover/x.xml");
    expect(answer(target, { elsewhere: () => ({ url }) })).toEqual({
      status: 302,
      location: `https://mail.example.net:444${path}${query}`,
    });
    expect(answer(target, { elsewhere: () => ({ address: "bob@Example.com" }) }).location).toBe(
      `https://autodiscover.example.com${path}?Email=bob%40Example.com&Protocol=ActiveSync`,
    );
  });

  it("is told nothing by a server that does not know its own address", () => {
    expect(answer(`${path}?Email=anna@example.org&Protocol=ActiveSync`, { origin: undefined }).status).toBe(404);
  });
});
