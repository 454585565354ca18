/** The MessageClass of a message (MS-ASEMAIL_R587, R603): what kind of item a device shows. */
import { layoutOf } from "./layout.ts";
import type { MailHead, MailPart, MailText, MailWanted } from "./message.ts";
import { wholeOctets } from "./size.ts";

/** Octets of a report that say what it reports (RFC 3464 §2.3, RFC 8098 §3.1). */
const reportOctets = 4_096;

/** Whether a message is encrypted or signed by S/MIME (RFC 8551): its MIME is what a device has to get. */
export function isSecure(structure: MailPart): boolean {
  return isOpaque(structure) || isClearSigned(structure);
}

/** The class of a message; `texts` holds what `wantedForClass` asked for. */
export function messageClassOf({ structure }: MailHead, texts: ReadonlyMap<string, MailText>): string {
  if (isOpaque(structure)) return "IPM.Note.SMIME";
  if (isClearSigned(structure)) return "IPM.Note.SMIME.MultipartSigned";
  const report = reportPart(structure);
  if (report === undefined) return "IPM.Note";
  const said = texts.get(report.path)?.content.toString("latin1") ?? "";
  return report.type === "message/disposition-notification" ? receiptClass(said) : deliveryClass(said);
}

/** What has to be read to tell the class. */
export function wantedForClass({ structure }: MailHead): readonly MailWanted[] {
  const report = reportPart(structure);
  const octets = Math.min(report === undefined ? 0 : wholeOctets(report.size), reportOctets);
  return report === undefined || octets === 0 ? [] : [{ path: report.path, encoding: report.encoding, octets }];
}

function isOpaque({ type, parameters, dispositionParameters }: MailPart): boolean {
  if (/^application\/(?:x-)?pkcs7-mime$/.test(type)) return true;
  // Gateways that do not know the type; the name is what RFC 8551 §3.2.1 has for it.
  const name = dispositionParameters["filename"] ?? parameters["name"] ?? "";
  return type === "application/octet-stream" && /\.p7m$/i.test(name);
}

function isClearSigned({ type, parameters }: MailPart): boolean {
  return type === "multipart/signed" && /pkcs7-signature/i.test(parameters["protocol"] ?? "");
}

/** The part of a report that programs read (RFC 6522). */
function reportPart(structure: MailPart): MailPart | undefined {
  if (structure.type !== "multipart/report") return undefined;
  return layoutOf(structure).files.find(({ part }) =>
    /^message\/(?:global-)?(?:delivery-status|disposition-notification)$/.test(part.type),
  )?.part;
}

/** The worst that is said of a recipient counts. */
function deliveryClass(said: string): string {
  const actions = [...said.matchAll(/^action:\s*([a-z]+)/gim)].map(([, action]) => (action ?? "").toLowerCase());
  if (actions.includes("failed") || actions.length === 0) return "REPORT.IPM.NOTE.NDR";
  return actions.includes("delayed") ? "REPORT.IPM.NOTE.DELAYED" : "REPORT.IPM.NOTE.DR";
}

function receiptClass(said: string): string {
  const disposition = /^disposition:[^\r\n]*/im.exec(said)?.[0] ?? "";
  return /;\s*deleted/i.test(disposition) ? "REPORT.IPM.NOTE.IPNNRN" : "REPORT.IPM.NOTE.IPNRN";
}
