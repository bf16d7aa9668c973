/** The files that a night finds, and what really is the matter in it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  CONFIG_TEXT,
  databaseFiles,
  INNER_MIRRORS,
  mirrorPath,
  PUBLIC_MIRRORS,
  SETTINGS_TEXT,
  writeFiles,
} from "./network.ts";
import { PULL_REQUEST_FILES } from "./pull-requests.ts";
import type { Vantage } from "./reality.ts";
import type { Fault } from "./schedule.ts";

const DAY = 86_400;
/** 2026-11-22T03:00:00Z, in seconds since 1970. */
const FIRST_NIGHT = 1_795_316_400;

export const trueTime = (night: number): number => FIRST_NIGHT + night * DAY;

export interface World {
  /** Brings the files into the state that they are in at night. */
  readonly prepare: (night: number, faults: readonly Fault[], removed: ReadonlySet<string>) => void;
}

type Files = Record<string, string | Buffer>;

/** `forgetPrivate`: the files are as if nobody had read what makes a mirror private. */
export function openWorld(folder: string, { forgetPrivate = false } = {}): World {
  let there: ReadonlyMap<string, string | Buffer> = new Map();
  return {
    prepare(night, faults, removed) {
      const wanted = filesOf(night, faults, removed);
      if (forgetPrivate) {
        for (const { name, text } of INNER_MIRRORS) {
          wanted.set(mirrorPath(name), text.replace(/^(?:private|monopoly): true\n/gm, ""));
        }
      }
      const isNew = ([path, content]: readonly [string, string | Buffer]) => {
        const old = there.get(path);
        return old === undefined || Buffer.compare(Buffer.from(old), Buffer.from(content)) !== 0;
      };
      writeFiles(folder, Object.fromEntries([...wanted].filter(isNew)));
      for (const path of there.keys()) if (!wanted.has(path)) rmSync(join(folder, path));
      there = wanted;
    },
  };
}

function filesOf(
  night: number,
  faults: readonly Fault[],
  removed: ReadonlySet<string>,
): Map<string, string | Buffer> {
  const files: Files = { "config.yml": CONFIG_TEXT, "mirrorpress.yml": SETTINGS_TEXT };
  for (const { name, text } of [...PUBLIC_MIRRORS, ...INNER_MIRRORS]) {
    if (!removed.has(name)) files[mirrorPath(name)] = text;
  }
  Object.assign(files, databasesOf(night, faults));
  for (const fault of faults) {
    if (fault.kind !== "pull-request") continue;
    for (const [path, content] of Object.entries(PULL_REQUEST_FILES[fault.what])) {
      if (content === null) delete files[path];
      else files[path] = content;
    }
  }
  return new Map(Object.entries(files));
}

/** A new edition comes every week, a day old. */
function databasesOf(night: number, faults: readonly Fault[]): Files {
  const edition = Math.floor(night / 7);
  const sort = faults.flatMap((fault) => (fault.kind === "geoip" ? [fault.what] : []))[0];
  const chosen = sort === "older" ? edition - 3 : edition;
  const builtAt = trueTime(chosen * 7) - DAY;
  const files: Files = {
    ...databaseFiles({ edition: chosen, builtAt, halved: sort === "halved" }),
  };
  const city = files["data/city4.mmdb"] as Buffer;
  if (sort === "truncated") files["data/city4.mmdb"] = city.subarray(0, city.length >> 1);
  // The left side of the root leads to a node that there is not.
  if (sort === "corrupt")
    files["data/city4.mmdb"] = Buffer.concat([Buffer.alloc(3, 0xff), city.subarray(3)]);
  return files;
}

export function vantageOf(faults: readonly Fault[]): Vantage {
  return faults.flatMap((fault) => (fault.kind === "vantage" ? [fault.vantage] : []))[0] ?? "clear";
}

/** What the machine takes for the time, in seconds since 1970. */
export function machineTime(night: number, faults: readonly Fault[]): number {
  const back = faults.flatMap((fault) => (fault.kind === "clock-back" ? [fault.days] : []));
  return trueTime(night) - Math.max(0, ...back) * DAY;
}
