/** `mirrorpress generations`: what there is to go back to. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { MANIFEST_PATH, readManifest } from "../emit/manifest.ts";
import { nodeFileSystem } from "../publish/file-system.ts";
import { currentId, generationFolder, generationIds } from "../publish/generations.ts";
import { configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { formatBytes } from "./format.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

interface ListedGeneration {
  readonly id: string;
  readonly current: boolean;
  /** Absent where the manifest cannot be read. */
  readonly builtAt?: string;
  readonly files?: number;
  /** Those of other generations that are the same files included. */
  readonly bytes?: number;
  readonly mirrors?: number;
  readonly rollbackOf?: string;
}

export function generations({ options, terminal }: CommandContext): number {
  const outputDir = resolve(configuredOutput(options));
  const current = currentId(outputDir, nodeFileSystem);
  const listed = generationIds(outputDir, nodeFileSystem)
    .toReversed()
    .map((id) => ({ id, current: id === current, ...readSummary(outputDir, id) }));
  terminal.out(
    options.json
      ? `${JSON.stringify({ generations: listed }, null, 2)}\n`
      : describe(listed, terminal.outPaint),
  );
  return EXIT.done;
}

function readSummary(outputDir: string, id: string): Partial<ListedGeneration> {
  try {
    const text = readFileSync(join(generationFolder(outputDir, id), MANIFEST_PATH), "utf8");
    const { builtAt, files, mirrors, rollbackOf } = readManifest(text);
    return {
      builtAt,
      files: files.size + 1,
      bytes: [...files.values()].reduce((sum, { bytes }) => sum + bytes, text.length),
      ...(mirrors !== undefined && { mirrors }),
      ...(rollbackOf !== undefined && { rollbackOf }),
    };
  } catch {
    return {};
  }
}

function describe(listed: readonly ListedGeneration[], paint: Paint): string {
  if (listed.length === 0) return "There is no generation yet.\n";
  const rows = listed.map(({ id, current, builtAt, files, bytes, mirrors, rollbackOf }) => [
    current ? paint.bold(paint.green("current")) : "",
    id,
    builtAt === undefined ? "its manifest cannot be read" : builtAt.slice(0, 19).replace("T", " "),
    files,
    bytes === undefined ? "" : formatBytes(bytes),
    mirrors,
    rollbackOf === undefined ? "" : `rollback of ${rollbackOf}`,
  ]);
  const heading = ["", "generation", "built at (UTC)", "files", "size", "mirrors", ""];
  return `${renderTable([heading, ...rows], { right: [3, 4, 5] }).join("\n")}\n`;
}
