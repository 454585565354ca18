/** GetAttachment: a file of a message, as phones before 14.0 fetch it (MS-ASCMD 2.2.1.7). */
import { BackendError, EasError, HttpError } from "../errors.ts";
import { fileReferenceCharacters } from "../schema/limits.ts";
import { atLeast } from "../schema/versions.ts";
import { fetchAttachment } from "../sync/fetch.ts";
import { partOf } from "./contents.ts";
import type { Handler } from "./handler.ts";

/** What may stand in a header, whoever made up the message. */
const mediaType = /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/;

export const getAttachment: Handler = async ({ session, line, header }) => {
  // MS-ASCMD_R5124.
  if (atLeast(session.version, "14.0")) throw new HttpError(501, `GetAttachment in ${session.version}`);
  const name = line.parameters.attachmentName ?? "";
  if (name === "" || name.length > fileReferenceCharacters) throw new HttpError(400, "no AttachmentName");
  try {
    const file = await fetchAttachment(session, name);
    if (!file) throw new HttpError(500, "no such attachment (MS-ASCMD_R166)");
    header("Content-Type", mediaType.test(file.type) ? file.type : "application/octet-stream");
    const { content } = file;
    return { pieces: content.length === 0 ? [] : [partOf(content, 0, content.length - 1)] };
  } catch (error) {
    if (error instanceof BackendError && error.kind === "gone")
      throw new HttpError(500, "the attachment is no more there (MS-ASCMD_R166)", {}, { cause: error });
    if (error instanceof BackendError && error.kind !== "auth")
      throw new EasError(110, "the attachment cannot be had now", { cause: error });
    throw error;
  }
};
