/** A browser without a script, as the tests of the portal use it: it keeps cookies, follows redirects and sends forms. */
import { request } from "node:http";

export interface Shown {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Where the redirects led. */
  readonly path: string;
}

export interface SendOptions {
  readonly method?: "GET" | "POST" | "HEAD" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Redirects are followed unless this is false. */
  readonly follow?: boolean;
}

export interface Browser {
  /** By name; a test may change them. */
  readonly cookies: Map<string, string>;
  open(path: string, options?: SendOptions): Promise<Shown>;
  /**
   * Fills and sends a form of the page that was opened last.
   * @param action where the form is sent to.
   */
  submit(action: string, fields?: Readonly<Record<string, string | readonly string[]>>): Promise<Shown>;
  /** What a form of the last page would send, its hidden fields included. */
  form(action: string): URLSearchParams;
  readonly page: Shown;
}

const fromForm = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };

export function createBrowser(url: string): Browser {
  const cookies = new Map<string, string>();
  let page: Shown = { status: 0, html: "", headers: {}, path: "" };

  async function open(path: string, options: SendOptions = {}): Promise<Shown> {
    let shown = await send(path, options);
    for (let hop = 0; shown.status === 303 && options.follow !== false && hop < 5; hop += 1)
      shown = await send(String(shown.headers.location), {});
    page = shown;
    return shown;
  }

  function send(path: string, { method = "GET", headers = {}, body }: SendOptions): Promise<Shown> {
    return new Promise((resolve, reject) => {
      const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
      const question = request(url + path, { method, headers: { ...(cookie === "" ? {} : { cookie }), ...headers } });
      question.once("error", reject);
      question.once("response", (response) => {
        for (const line of response.headers["set-cookie"] ?? []) keep(line);
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const html = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, html, headers: response.headers, path });
        });
      });
      question.end(body);
    });
  }

  function keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }

  function form(action: string): URLSearchParams {
    const found = [...page.html.matchAll(/<form\b[^>]*\baction="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].find(
      ([, where]) => where === action,
    );
    if (!found) throw new Error(`the page has no form for ${action}`);
    const fields = new URLSearchParams();
    for (const [input] of found[2]?.matchAll(/<input\b[^>]*>/g) ?? []) {
      const name = attribute(input, "name");
      const isSent = !/type="(checkbox|radio)"/.test(input) || /\bchecked\b/.test(input);
      if (name !== undefined && isSent) fields.append(name, attribute(input, "value") ?? "");
    }
    return fields;
  }

  return {
    cookies,
    open,
    form,
    submit(action, filled = {}) {
      const fields = form(action);
      for (const [name, value] of Object.entries(filled)) {
        fields.delete(name);
        for (const one of typeof value === "string" ? [value] : value) fields.append(name, one);
      }
      return open(action, { method: "POST", headers: fromForm, body: fields.toString() });
    },
    get page() {
      return page;
    },
  };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value?.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
