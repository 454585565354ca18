/** Files that pages are made with, under names that change with their content: browsers keep them for good. */
import { createHash } from "node:crypto";
import { icon } from "./icon.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

function asset(name: string, ending: string, type: string, text: string): Asset {
  const body = Buffer.from(text);
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return { path: `/portal/assets/${name}.${hash}.${ending}`, type, body };
}

export const assets = {
  style: asset("style", "css", "text/css; charset=utf-8", style),
  script: asset("script", "js", "text/javascript; charset=utf-8", script),
  icon: asset("icon", "svg", "image/svg+xml", icon),
};

export function findAsset(path: string): Asset | undefined {
  return Object.values(assets).find((one) => one.path === path);
}
