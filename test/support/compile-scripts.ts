/** To measure or to kill a process it must be one, and Node runs no TypeScript. */
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** Compiles scripts of this repository, with all that they import, into the folder; gives their paths there. */
export function compileScripts(folder: string, scripts: readonly string[]): readonly string[] {
  const project = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      rootDir: ROOT,
      outDir: join(folder, "js"),
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    files: scripts,
    include: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", folder], { stdio: "pipe" });
  return scripts.map((script) =>
    join(folder, "js", relative(ROOT, script).replace(/\.ts$/, ".js")),
  );
}
