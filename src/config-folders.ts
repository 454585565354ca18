/** The `folders` section of the configuration: what phones may do with folders. */
import { z } from "zod";

export const foldersSection = z
  .strictObject({
    create: z.boolean().default(true),
    rename: z.boolean().default(true),
    delete: z.boolean().default(true),
  })
  .prefault({});
