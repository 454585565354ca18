/** The `folders` section of the configuration: which collections phones see, and what they may do with them. */
import { z } from "zod";

/** `*` stands for any characters, `?` for one. */
const patterns = z.array(z.string().min(1).max(256)).max(100).default([]);

const rule = z
  .strictObject({
    /** Whom it concerns, by account name or mail address, DeviceId, and DeviceType; each when left out: all. */
    users: patterns,
    devices: patterns,
    types: patterns,
    /** By display name or path; when left out: all. */
    only: patterns,
    hide: patterns,
  })
  .refine(({ only, hide }) => only.length + hide.length > 0, "at least one of only and hide");

export const foldersSection = z
  .strictObject({
    create: z.boolean().default(true),
    rename: z.boolean().default(true),
    delete: z.boolean().default(true),
    /** Lists that are made where an account has none of its own. */
    provide: z.array(z.enum(["tasks", "notes"])).default([]),
    choice: z.array(rule).max(1_000).default([]),
  })
  .prefault({});
