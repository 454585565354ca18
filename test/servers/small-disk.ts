/** A file system of a few megabytes that can be filled, for what a full disk does. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly folder: string;
  /** Nothing more goes in. */
  fill(): void;
  makeRoom(): void;
  unmount(): void;
}

/** Why there is none here; undefined where one can be had. */
export const whyNoSmallDisk: string | undefined = findOut();

/** @throws Error where `whyNoSmallDisk` says why. */
export function mountSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-small-"));
  const mounted = mount(folder);
  if (mounted !== undefined) {
    rmSync(folder, { recursive: true });
    throw new Error(mounted);
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const file = openSync(ballast, "a");
      const block = Buffer.alloc(4_096);
      try {
        for (;;) if (writeSync(file, block) < block.length) return;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    unmount() {
      spawnSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findOut(): string | undefined {
  if (process.platform !== "linux") return "a small file system is mounted on Linux only";
  if (process.getuid?.() !== 0) return "mounting a small file system takes root";
  const folder = mkdtempSync(join(tmpdir(), "isthmus-small-"));
  const why = mount(folder);
  if (why === undefined) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
  return why;
}

function mount(folder: string): string | undefined {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "isthmus", folder]);
  return status === 0 ? undefined : `no small file system can be mounted: ${String(stderr).trim()}`;
}
