/** Messages as they are stored: who gets MIME, and how much of it. */
import type { Element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { BodyPreference } from "../../device/requests.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { valueOf } from "../samples.ts";
import { arrive, modern, seenBody } from "./mailbox.ts";
import { encoded, multipart, type Part, text } from "./messages.ts";

const mime: BodyPreference = { type: 4 };

async function dataAs(
  device: Device,
  t: Trial,
  mimeSupport: 0 | 1 | 2,
  part: Part,
  ...bodyPreferences: readonly BodyPreference[]
): Promise<readonly Element[]> {
  return (await arrive(device, t, { part, sync: { bodyPreferences, mimeSupport } })).data;
}

/** As S/MIME signs in the clear; nobody looks whether the signature is one. */
function signed(part: Part): Part {
  const signature = encoded(Buffer.from("no signature"), 'application/pkcs7-signature; name="smime.p7s"', "base64");
  return multipart('signed; protocol="application/pkcs7-signature"; micalg=sha-256', [part, signature]);
}

export const mailMimeCases: readonly Case[] = [
  {
    id: "mail-mime/for-all",
    says: "With MIMESupport 2 who asks for Type 4 gets the message as it is stored, headers and text.",
    spec: ["MS-ASCMD_R3399", "MS-ASAIRS_R307"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = seenBody(t, await dataAs(device, t, 2, text("Some words."), mime));
      t.equal("MS-ASAIRS_R307", seen.type, "4", "Type");
      const whole = seen.data ?? "";
      t.ok("MS-ASCMD_R3399", /^[\w-]+: /.test(whole), `begins with a header: ${whole.slice(0, 80)}`);
      t.ok("MS-ASCMD_R3399", whole.includes(`Subject: ${t.marker}`) && whole.includes("Some words."), "its content");
      t.equal("", seen.truncated, false, "Truncated");
    },
  },
  {
    id: "mail-mime/for-none",
    says: "With MIMESupport 0 no message comes as MIME.",
    spec: ["MS-ASCMD_R3396"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = seenBody(t, await dataAs(device, t, 0, text("Some words."), mime, { type: 1 }));
      t.equal("MS-ASCMD_R3396", seen.type, "1", "Type");
      t.equal("", seen.data?.trimEnd(), "Some words.", "Data");
    },
  },
  {
    id: "mail-mime/secure-only-leaves-others",
    says: "With MIMESupport 1 an ordinary message does not come as MIME.",
    spec: ["MS-ASCMD_R3398"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = seenBody(t, await dataAs(device, t, 1, text("Some words."), mime, { type: 1 }));
      t.equal("MS-ASCMD_R3398", seen.type, "1", "Type");
    },
  },
  {
    id: "mail-mime/secure-only",
    says: "With MIMESupport 1 a signed message comes as MIME, complete, and says its size.",
    spec: ["MS-ASCMD_R3397", "MS-ASCMD_R3408", "MS-ASCMD_R3409", "MS-ASCMD_R3410"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, 1, signed(text("Signed words.")), mime, { type: 1 });
      const seen = seenBody(t, data);
      t.equal(["MS-ASCMD_R3397", "MS-ASCMD_R3408", "MS-ASCMD_R3410"], seen.type, "4", "Type");
      t.ok("MS-ASCMD_R3409", seen.data?.includes("pkcs7-signature") === true, "the signature is in it");
      t.ok("MS-ASCMD_R3409", seen.size > 0, `EstimatedDataSize ${seen.size}`);
    },
  },
  {
    id: "mail-mime/signed-class",
    says: "A message that is signed in the clear says so by its class.",
    spec: ["MS-ASEMAIL_R592"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t, { part: signed(text("Signed words.")) });
      t.equal("MS-ASEMAIL_R592", valueOf(data, "Email:MessageClass"), "IPM.Note.SMIME.MultipartSigned", "MessageClass");
    },
  },
  {
    id: "mail-mime/encrypted-class",
    says: "A message that is encrypted says so by its class.",
    spec: ["MS-ASEMAIL_R591"],
    level: "MUST",
    async run(device, t) {
      const type = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"';
      const part = encoded(Buffer.from("no envelope"), type, "base64");
      const { data } = await arrive(device, t, { part });
      t.equal("MS-ASEMAIL_R591", valueOf(data, "Email:MessageClass"), "IPM.Note.SMIME", "MessageClass");
    },
  },
  {
    id: "mail-mime/cut",
    says: "MIME is cut to TruncationSize and says so.",
    spec: ["MS-ASAIRS_R276"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const long = text("0123456789".repeat(500));
      const seen = seenBody(t, await dataAs(device, t, 2, long, { ...mime, truncationSize: 700 }));
      t.ok("", Buffer.byteLength(seen.data ?? "") <= 700, `${seen.data?.length} characters of Data`);
      t.equal("MS-ASAIRS_R276", seen.truncated, true, "Truncated");
      t.ok("", seen.size > 5_000, `EstimatedDataSize ${seen.size}`);
    },
  },
  {
    id: "mail-mime/headers-stay",
    says: "Headers that no property is for are in the MIME.",
    spec: [],
    level: "SHOULD",
    versions: modern,
    async run(device, t) {
      const headers = [["X-Conformance", "kept as it is"]] as const;
      const { data } = await arrive(device, t, { headers, sync: { bodyPreferences: [mime], mimeSupport: 2 } });
      t.ok("", seenBody(t, data).data?.includes("X-Conformance: kept as it is") === true, "the header");
    },
  },
];
