/** X-ALT-DESC: the HTML that Outlook writes beside DESCRIPTION. */
import { htmlFromPlain } from "../../protocol/body.ts";
import { allLines, type Component, line, setLine } from "../content-lines.ts";
import { clean, escapeText, unescapeText } from "../text.ts";

/** After an edit of DESCRIPTION: Outlook shows X-ALT-DESC instead, and one left behind would hide the edit. */
export function renewHtml(component: Component): void {
  if (!allLines(component).some((one) => one.name === "X-ALT-DESC")) return;
  const plain = clean(unescapeText(line(component, "DESCRIPTION")?.value ?? ""));
  setLine(component, "X-ALT-DESC", plain === "" ? undefined : escapeText(htmlFromPlain(plain).replaceAll("\r\n", "")));
}
