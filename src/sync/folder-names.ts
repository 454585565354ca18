/** The names of folders as phones show them. */
import type { Collection } from "../backends/backend.ts";
import { folderNameCharacters } from "../schema/limits.ts";
import type { Folder } from "./records.ts";

/** One line, not empty, not endless: some clients keep their folder list in a text file. */
export function displayName({ name, href }: Pick<Collection, "name" | "href">): string {
  const cleaned = name.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  const last = href.split("/").filter(Boolean).at(-1) ?? "Folder";
  return (cleaned === "" ? last : cleaned).slice(0, folderNameCharacters);
}

/**
 * Phones refuse or merge folders of one name: the tasks and the notes of a collection that is a calendar too are named
 * as that, the later ones of any kind get a number. `taken` are names that are none of these.
 */
export function withDistinctNames(folders: readonly Folder[], taken: ReadonlySet<string>): readonly Folder[] {
  const names = new Set(taken);
  const calendars = new Map(
    folders.flatMap(({ className, href, name }) => (className === "Calendar" ? [[href, name]] : [])),
  );
  return folders.map((folder) => {
    const { className } = folder;
    const isShared =
      className !== "Calendar" && folder.href !== undefined && calendars.get(folder.href) === folder.name;
    const first = isShared ? `${folder.name} (${className})` : folder.name;
    let name = first;
    for (let number = 2; names.has(name); number += 1) name = `${first} (${number})`;
    names.add(name);
    return { ...folder, name };
  });
}
