/** A folder with a configuration that reads given databases, made beside nothing of the user's. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { defaultGeoipPaths } from "../../src/sources/geoip.ts";

export interface Databases {
  readonly label: string;
  readonly city: readonly string[];
  readonly asn: readonly string[];
}

/**
 * Copies the configuration into `folder`, with the mirrors linked in and the databases' absolute
 * paths in mirrorpress.yml; all other settings stay, but for those given. Returns the path of the
 * copy.
 */
export function networkWithDatabases(
  config: string,
  databases: Databases,
  folder: string,
  changes: readonly (readonly [path: readonly string[], value: unknown])[] = [],
): string {
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(config, "utf8");
  const { mirrors_dir: mirrors = "mirrors.d" } = parseDocument(text).toJS() as {
    mirrors_dir?: string;
  };
  const copy = join(folder, "config.yml");
  writeFileSync(copy, text);
  symlinkSync(resolve(dirname(config), mirrors), join(folder, mirrors));

  const settingsFile = join(dirname(config), "mirrorpress.yml");
  const written = existsSync(settingsFile) ? readFileSync(settingsFile, "utf8") : "{}";
  const settings = parseDocument(written);
  settings.setIn(["geoip", "city"], databases.city.map(absolute));
  settings.setIn(["geoip", "asn"], databases.asn.map(absolute));
  for (const [path, value] of changes) settings.setIn(path, settings.createNode(value));
  writeFileSync(join(folder, "mirrorpress.yml"), settings.toString());
  return copy;
}

/** The network of a configuration without every n-th mirror. Returns the path of its own one. */
export function networkWithout(config: string, nth: number, folder: string): string {
  const text = readFileSync(config, "utf8");
  const { mirrors_dir: mirrors = "mirrors.d" } = parseDocument(text).toJS() as {
    mirrors_dir?: string;
  };
  const from = join(dirname(config), mirrors);
  const files = readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/.test(path))
    .sort();
  for (const [number, path] of files.entries()) {
    if (number % nth === nth - 1) continue;
    mkdirSync(dirname(join(folder, mirrors, path)), { recursive: true });
    copyFileSync(join(from, path), join(folder, mirrors, path));
  }
  const copy = join(folder, "config.yml");
  writeFileSync(copy, text);
  copyFileSync(join(dirname(config), "mirrorpress.yml"), join(folder, "mirrorpress.yml"));
  return copy;
}

/** Those of mirrorpress.yml beside the configuration, else those of the example network. */
export function configuredDatabases(config: string): Databases {
  const own = join(dirname(config), "mirrorpress.yml");
  const file = existsSync(own) ? own : "mirrorpress.yml";
  const { geoip = {} } = parseDocument(readFileSync(file, "utf8")).toJS() as {
    geoip?: { readonly city?: readonly string[]; readonly asn?: readonly string[] };
  };
  const inFolder = (path: string) => resolve(dirname(file), path);
  // What is not named is that of the packages that are installed.
  const installed = defaultGeoipPaths(dirname(file));
  const city = geoip.city?.map(inFolder) ?? installed.city;
  const label = city.map((path) => basename(path, ".mmdb")).join(" + ");
  return { label, city, asn: geoip.asn?.map(inFolder) ?? installed.asn };
}

function absolute(path: string): string {
  return resolve(path);
}
