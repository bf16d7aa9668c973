/**
 * A disk that takes what is written and then loses it: an ext4 whose image lies on a tmpfs that is
 * full, with holes where its free blocks are. The journal has its place, and so making files, writing
 * them and reading back what the cache holds all go well; only syncing tells. Also through an overlay,
 * as containers have it, where syncing the whole file system does not. Publishing must say so and leave
 * what was current.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration } from "../../src/publish/publish.ts";
import { bulkyGeneration } from "../publish/bulky-generation.ts";
import { LISTS, readDisk } from "./checked-disk.ts";

/** Of a tmpfs that is not quite full, for what else is noted there. */
const ROOM_KB = 16;

/** Runs a program to its end and returns its output; throws when it fails. */
export type Run = (program: string, ...args: string[]) => string;

/** What went wrong, in words. */
export function loseWrites(folder: string, run: Run): readonly string[] {
  return (["ext4", "overlay"] as const).flatMap((kind) => {
    const below = join(folder, `below-${kind}`);
    const disk = join(folder, `disk-${kind}`);
    mkdirSync(below);
    mkdirSync(disk);
    const image = join(below, "image");
    run("mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", below);
    try {
      run("truncate", "-s", "48M", `${image}-sparse`);
      run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0", `${image}-sparse`);
      run("cp", "--sparse=never", `${image}-sparse`, image);
      run("rm", `${image}-sparse`);
      run("mount", "-o", "loop", image, disk);
      publishInto(kind === "ext4" ? disk : overlayOn(disk, run), 1);
      if (kind === "overlay") run("umount", join(disk, "merged"));
      run("umount", disk);
      punchFreeBlocks(image, run);
      const used = Number(run("df", "-k", "--output=used", below).split("\n")[1]);
      run("mount", "-o", `remount,size=${used + ROOM_KB}k`, below);
      run("mount", "-o", "loop,errors=continue,commit=600", image, disk);
      const place = kind === "ext4" ? disk : overlayOn(disk, run);
      try {
        return publishOver(place).map((fault) => `writes lost by ${kind}: ${fault}`);
      } finally {
        if (kind === "overlay") run("umount", place);
        run("umount", disk);
      }
    } finally {
      run("umount", below);
    }
  });
}

/** A folder of the disk, by way of an overlay over it. */
function overlayOn(disk: string, run: Run): string {
  const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) => {
    const path = join(disk, name);
    mkdirSync(path, { recursive: true });
    return path;
  }) as [string, string, string, string];
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  run("mount", "-t", "overlay", "-o", options, "overlay", merged);
  return merged;
}

function punchFreeBlocks(image: string, run: Run): void {
  const said = run("dumpe2fs", image);
  const blockSize = Number(/^Block size: +(\d+)$/m.exec(said)?.[1]);
  for (const [, ranges = ""] of said.matchAll(/^ {2}Free blocks: (.+)$/gm)) {
    for (const range of ranges.split(", ")) {
      const [first = 0, last = first] = range.split("-").map(Number);
      const [offset, length] = [first * blockSize, (last - first + 1) * blockSize];
      run("fallocate", "--punch-hole", "-o", String(offset), "-l", String(length), image);
    }
  }
}

function publishInto(place: string, number: number): void {
  const lock = lockOutput(join(place, "output"));
  try {
    publishGeneration({ lock, ...bulkyGeneration(number, LISTS) });
  } finally {
    lock.release();
  }
}

/** What went wrong. */
function publishOver(place: string): readonly string[] {
  try {
    publishInto(place, 2);
    return ["a generation was published that the disk has lost"];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const isTold = /lost what was written|EIO|ENOSPC/.test(said);
    const { current } = readDisk(place);
    return [
      ...(isTold ? [] : [`it failed with: ${said}`]),
      ...(current === 1 ? [] : [`current is ${current}`]),
    ];
  }
}
