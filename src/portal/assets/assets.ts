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

/**
 * The file of a path. `isCurrent`: under just this name; a page of another release, from a node that is upgraded or not
 * yet, gets ours, and must not keep it.
 */
export function findAsset(path: string): { readonly asset: Asset; readonly isCurrent: boolean } | undefined {
  const all = Object.values(assets);
  const same = all.find((one) => one.path === path);
  if (same) return { asset: same, isCurrent: true };
  const other = all.find((one) => nameOf(one.path) === nameOf(path));
  return other && { asset: other, isCurrent: false };
}

function nameOf(path: string): string {
  return path.replace(/\.[\w-]{12}\./, ".");
}
