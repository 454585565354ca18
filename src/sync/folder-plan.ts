/** What changes of folders are made of, whatever the folders are of: asked for, planned, carried out. */
import { EasError } from "../errors.ts";
import { foldName } from "./folder-names.ts";
import type { FolderId } from "./ids.ts";
import type { Folder } from "./records.ts";

export type FolderChange =
  | { readonly kind: "create"; readonly parent: string; readonly name: string; readonly type: number }
  | { readonly kind: "update"; readonly id: string; readonly parent: string; readonly name: string }
  | { readonly kind: "delete"; readonly id: string };

/** Statuses of the three commands (MS-ASCMD 2.2.3.177.3, 2.2.3.177.4, 2.2.3.177.6). */
export const status = {
  exists: 2,
  special: 3,
  notFound: 4,
  noParent: 5,
  serverError: 6,
  badKey: 9,
  malformed: 10,
} as const;

/** The parent of what lies in no folder. */
export const root = "0";

export interface Asked<Kind extends FolderChange["kind"] = FolderChange["kind"]> {
  readonly key: string;
  readonly change: Extract<FolderChange, { kind: Kind }>;
  /** What the device has. */
  readonly known: readonly Folder[];
  /** Fingerprint of the change. */
  readonly mark: string;
  /** It was begun under this key before, and may have happened. */
  readonly isBegun: boolean;
}

/** The device's folders afterwards, and the one that was made. */
export interface Outcome {
  readonly folders: readonly Folder[];
  readonly id?: FolderId;
}

export type Write = <T>(action: () => Promise<T>) => Promise<T>;

/** A change that may be made. */
export interface Plan {
  carryOut(write: Write): Promise<Outcome>;
}

/** Phones tell folders apart by their names. @throws EasError 2 */
export function requireFreeName(folders: readonly Folder[], name: string, isItself: (folder: Folder) => boolean): void {
  const wanted = foldName(name);
  if (folders.some((folder) => foldName(folder.name) === wanted && !isItself(folder))) {
    throw new EasError(status.exists, "a folder of this name is there");
  }
}
