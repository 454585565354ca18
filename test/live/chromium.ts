/** Debian's Chromium, as a browser of the portal's pages: what it asks for, complains about, and looks like. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where the pictures lie after a run. */
export const pictures = fileURLToPath(new URL("../../artefacts/portal/", import.meta.url));

/** With a fresh profile each time. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Tab {
  readonly page: Page;
  /** Requests to anywhere but the gateway. */
  readonly strays: readonly string[];
  /** Of the page's policy, its scripts and what it could not load. */
  readonly complaints: readonly string[];
  /** What axe finds serious or critical, a line each. */
  barriers(): Promise<readonly string[]>;
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A tab with cookies of its own. */
export async function openTab(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ baseURL: origin, ...options });
  const page = await context.newPage();
  const strays: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) strays.push(request.url());
  });
  page.on("console", (message) => {
    // That a page answers 404 or 422 is what some of them are for.
    const isStatus = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === "error" && !isStatus) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  return {
    page,
    strays,
    complaints,
    async barriers() {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => {
        const { axe: inPage } = globalThis as unknown as { readonly axe: typeof axe };
        return inPage.run({ resultTypes: ["violations"] });
      });
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(
          ({ id, nodes }) =>
            `${new URL(page.url()).pathname} ${id}: ${nodes
              .map(({ html }) => html)
              .join(" | ")
              .slice(0, 400)}`,
        );
    },
    async picture(name) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true });
    },
    close: () => context.close(),
  };
}
