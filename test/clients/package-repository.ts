/** A real repository of one package, as small as they come, made by rpmbuild and createrepo_c. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processOptions } from "./dnf.ts";

export const PACKAGE = "hello-mirror";

/** The package's file, in the repository and on the client's disk. */
export const PACKAGE_FILE = `${PACKAGE}-1.0-1.noarch.rpm`;

/** One text file, unsigned, for every architecture. */
const SPEC = `Name: ${PACKAGE}
Version: 1.0
Release: 1
Summary: A text file
License: MIT
BuildArch: noarch
%description
A text file.
%install
mkdir -p %{buildroot}/usr/share/${PACKAGE}
echo "hello from a mirror" > %{buildroot}/usr/share/${PACKAGE}/hello.txt
%files
/usr/share/${PACKAGE}/hello.txt
`;

/** Builds the package in `folder` and makes each of `repositories` a repository that has it. */
export function makeRepositories(folder: string, repositories: readonly string[]): void {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { ...processOptions(folder), stdio: "pipe" });
  const spec = join(folder, `${PACKAGE}.spec`);
  writeFileSync(spec, SPEC);
  const macros = { _topdir: join(folder, "rpmbuild"), _tmppath: folder };
  const defines = Object.entries(macros).flatMap(([name, value]) => [
    "--define",
    `${name} ${value}`,
  ]);
  run("rpmbuild", "-bb", "--quiet", ...defines, spec);
  for (const repository of repositories) {
    mkdirSync(join(repository, "Packages"), { recursive: true });
    copyFileSync(
      join(folder, "rpmbuild", "RPMS", "noarch", PACKAGE_FILE),
      join(repository, "Packages", PACKAGE_FILE),
    );
    run("createrepo_c", "--quiet", "--simple-md-filenames", repository);
  }
}
