/** What a phone gets that knows an address and a password, and what everybody else gets. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../gateway/start.ts";
import { collector, type Line } from "../../trouble/world.ts";
import { type Asked, ask, basic, frameSchema, mobileSchema, outlookSchema, requestFor, type Told } from "./ask.ts";

const anna = basic("anna@example.org", "secret");
const url = "https://phones.example.org/Microsoft-Server-ActiveSync";
const lines: Line[] = [];
let gateway: TestGateway;

beforeAll(async () => {
  const dav = { url: "http://127.0.0.1:1/" };
  gateway = await startTestGateway({
    settings: {
      publicUrl: "https://phones.example.org",
      metrics: { port: 0 },
      backends: [
        { name: "test", dav, domains: ["example.org"], login: { at: "{user}" }, addresses: { "a@b.org": "anna" } },
      ],
      autodiscover: {
        redirects: [
          { domains: ["example.net"], url: "https://mail.example.net" },
          { domains: ["sub.example.net"], url: "https://mail.example.net/Autodiscover/x.xml" },
          { domains: ["old.example.org"], address: "{user}@example.org" },
        ],
      },
    },
    parts: { log: collector(lines) },
  });
});
afterAll(() => gateway.end());

function post(body: string | Buffer, more: Asked = {}): Promise<Told> {
  return ask(gateway.url, { headers: { "Content-Type": "text/xml", ...anna }, body, ...more });
}

function settingsOf(displayName: string, address: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="${frameSchema}"><Response xmlns="${mobileSchema}">` +
    `<Culture>en:us</Culture><User><DisplayName>${displayName}</DisplayName><EMailAddress>${address}</EMailAddress></User>` +
    `<Action><Settings><Server><Type>MobileSync</Type><Url>${url}</Url><Name>${url}</Name></Server></Settings></Action>` +
    "</Response></Autodiscover>\n"
  );
}

function errorCode({ text }: Told): string | undefined {
  const shape = new RegExp(
    `<Autodiscover xmlns="${frameSchema}"><Response><Error Time="\\d\\d:\\d\\d:\\d\\d\\.\\d{7}" Id="\\d+"><ErrorCode>(\\d+)</ErrorCode>` +
      "<Message>[A-Z][a-zA-Z ]+</Message><DebugData /></Error></Response></Autodiscover>\n$",
  );
  return shape.exec(text)?.[1];
}

describe("a phone with an address and a password", () => {
  it("is told where its server is, for itself alone", async () => {
    const answer = await post(requestFor("anna@example.org"));
    expect(answer.text).toBe(settingsOf("anna", "anna@example.org"));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "content-type": "text/xml; charset=utf-8", "cache-control": "no-store" });
  });

  it.each(["/Autodiscover/Autodiscover.xml", "/AutoDiscover/AUTODISCOVER.XML/", "/autodiscover/autodiscover.xml?x=y"])(
    "may write the path %s",
    async (path) => {
      expect((await post(requestFor("anna@example.org"), { path })).text).toContain(`<Url>${url}</Url>`);
    },
  );

  it("is told its own address, whichever of its addresses it asked for", async () => {
    const answer = await post(requestFor("A@b.org"), { headers: basic("a@b.org", "secret") });
    expect(answer.text).toBe(settingsOf("anna", "anna@example.org"));
  });

  it("may say the namespace otherwise, or with a prefix", async () => {
    const body =
      `<a:Autodiscover xmlns:a="urn:x"><a:Request><a:AcceptableResponseSchema> ${mobileSchema}\n</a:AcceptableResponseSchema>` +
      "<a:EMailAddress><![CDATA[anna@example.org]]></a:EMailAddress></a:Request></a:Autodiscover>";
    expect((await post(body)).text).toBe(settingsOf("anna", "anna@example.org"));
  });

  it("may send no body but its login", async () => {
    expect((await post("")).text).toBe(settingsOf("anna", "anna@example.org"));
  });

  it("is told that an address of another domain is none of ours", async () => {
    const { status, text } = await post(requestFor("anna@elsewhere.example"));
    expect(status).toBe(200);
    expect(text).toContain(
      "<Action><Error><Status>2</Status><Message>The address is none of this server&#39;s</Message>",
    );
  });
});

describe("who has no login here", () => {
  it("is asked for one", async () => {
    const answer = await post(requestFor("anna@example.org"), { headers: {} });
    expect([answer.status, answer.text]).toEqual([401, ""]);
    expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm=/);
  });

  it.each([
    ["the password is wrong", basic("anna@example.org", "wrong")],
    ["the domain is nobody's", basic("anna@elsewhere.example", "secret")],
  ])("is refused where %s", async (_, headers) => {
    expect((await post(requestFor("anna@example.org"), { headers })).status).toBe(401);
  });

  it("leaves a line in the log, without a password", async () => {
    lines.length = 0;
    await post(requestFor("anna@example.org"), { headers: basic("anna@example.org", "pa55w0rd") });
    expect(lines.filter(({ message }) => message === "autodiscover refused")).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain("pa55w0rd");
  });
});

it("is a figure, as every request, without a name", async () => {
  await post(requestFor("anna@example.org", outlookSchema));
  const figures = await fetch(`${gateway.monitorUrl}/metrics`).then((answer) => answer.text());
  const line = 'isthmus_requests_total{command="Autodiscover",http="200",version="",status="601"}';
  expect(figures).toContain(line);
  expect(figures).not.toContain("anna");
});

describe("addresses that are elsewhere", () => {
  it.each([
    ["a server, at the usual path", "anna@example.net", "https://mail.example.net/autodiscover/autodiscover.xml"],
    ["a path of its own", "anna@Sub.Example.net", "https://mail.example.net/Autodiscover/x.xml"],
  ])("are sent to %s, before anybody has to log in", async (_, address, location) => {
    const answer = await post(requestFor(address), { headers: {} });
    expect([answer.status, answer.headers.location, answer.text]).toEqual([302, location, ""]);
  });

  it("are sent to another address", async () => {
    const { text } = await post(requestFor("$&@old.example.org".replace("&", "1")), { headers: {} });
    expect(text).toContain("<User><EMailAddress>$1@old.example.org</EMailAddress></User>");
    expect(text).toContain("<Action><Redirect>$1@example.org</Redirect></Action>");
  });

  it("are those in the login where nothing else is sent", async () => {
    expect((await post("", { headers: basic("anna@example.net", "x") })).status).toBe(302);
  });
});

describe("what is no request of a phone's", () => {
  it.each([
    ["Outlook's schema", outlookSchema],
    ["a schema that nobody knows", "urn:x"],
  ])("is answered 601 where it asks for %s", async (_, schema) => {
    const answer = await post(requestFor("anna@example.org", schema));
    expect([answer.status, errorCode(answer)]).toEqual([200, "601"]);
  });

  it("is answered 600 to GET, as people look whether anybody is there, and not without a login", async () => {
    expect(errorCode(await post("", { method: "GET" }))).toBe("600");
    expect((await post("", { method: "GET", headers: {} })).status).toBe(401);
  });

  it("is refused where the method is another", async () => {
    const answer = await post("", { method: "PUT" });
    expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD, POST"]);
  });

  const whole = requestFor("anna@example.org");
  const twice = whole.replace(/<Request>.*<\/Request>/, "$&$&");
  const bomb = Array.from({ length: 30 }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`).join("");
  it.each([
    ["no XML", "hello"],
    ["cut short", whole.slice(0, -20)],
    ["two requests", twice],
    ["no address", whole.replace(/<EMail.*<\/EMailAddress>/, "")],
    ["an empty address", requestFor("")],
    ["two addresses", whole.replace(/<EMail.*<\/EMailAddress>/, "$&$&")],
    ["what is no address", requestFor("anna")],
    ["no schema", whole.replace(/<Acceptable.*<\/AcceptableResponseSchema>/, "")],
    ["another root", whole.replaceAll("Autodiscover", "Discover")],
    ["a script for an address", requestFor("&lt;script&gt;alert(1)&lt;/script&gt;@example.org")],
    ["an address of 400 characters", requestFor(`${"a".repeat(388)}@example.org`)],
    ["a document type", `<!DOCTYPE x>${whole.replace(/^<\?.*?\?>/, "")}`],
    ["an entity", entity('<!ENTITY e "anna">')],
    ["a file's entity", entity('<!ENTITY e SYSTEM "file:///etc/passwd">')],
    ["a parameter entity", entity('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;')],
    ["a bomb of entities", entity(`<!ENTITY e0 "a">${bomb}<!ENTITY e "&e30;">`)],
    ["an entity that nobody declared", requestFor("&e;@example.org")],
    ["a NUL", requestFor("an\u0000na@example.org")],
    ["a NUL behind it", `${whole}\u0000`],
    ["a thousand elements", whole.replace("<Request>", `${"<x/>".repeat(1_000)}<Request>`)],
    ["elements in one another", `${"<Request>".repeat(100)}${"</Request>".repeat(100)}`],
    ["octets that are no UTF-8", Buffer.from([0x3c, 0xff, 0xfe, 0x3e])],
  ])("is answered 600: %s", async (_, body) => {
    const answer = await post(body);
    expect([answer.status, errorCode(answer)]).toEqual([200, "600"]);
    expect(answer.text).not.toMatch(/script|passwd|root:|anna/);
  });

  it("is not read where it is 10 MB, declared or not", async () => {
    const much = Buffer.alloc(10_000_000, "x");
    expect((await post(much)).status).toBe(413);
    const unnamed = { "Transfer-Encoding": "chunked", ...anna };
    const answer = await post(much, { headers: unnamed }).catch((error: NodeJS.ErrnoException) => error.code);
    // Cut off while it still sends, a client may see the one or the other.
    expect([413, "EPIPE", "ECONNRESET"]).toContain(typeof answer === "object" ? answer.status : answer);
    expect((await post(requestFor("anna@example.org"))).status).toBe(200);
  });
});

function entity(declared: string): string {
  return `<!DOCTYPE x [${declared}]>${requestFor("&e;@example.org").replace(/^<\?.*?\?>/, "")}`;
}
