/** A script of the tests as JavaScript: to be killed it must be a process, and Node runs no TypeScript. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** `script` is a path below the repository. Returns where it lies, compiled, below `folder`. */
export function compileScript(script: string, folder: string): string {
  const project = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      rootDir: ROOT,
      outDir: join(folder, "js"),
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    files: [join(ROOT, script)],
    include: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", folder], { stdio: "pipe" });
  return join(folder, "js", script.replace(/\.ts$/, ".js"));
}
