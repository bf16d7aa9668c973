/** Reads written samples the way a build does, and keeps what is reported. */
import type { DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import type { Diagnostic, SourceFile } from "../../src/diagnostics/diagnostic.ts";
import { positionOf } from "../../src/diagnostics/position.ts";
import { defaultConfig, type NetworkConfig, readConfig } from "../../src/model/config.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { readMirror } from "../../src/model/mirrors.ts";
import { readSettings, type Settings } from "../../src/model/settings.ts";
import { CONFIG_LIMITS, MIRROR_LIMITS, parseYaml } from "../../src/sources/yaml.ts";

export interface Read<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
  readonly codes: readonly DiagnosticCode[];
}

/** A mirror file without anything to report, and more lines at its end. */
export function mirrorText(lines = "", { without = "" } = {}): string {
  const fields = [
    "name: m.example",
    "address: {http: http://m.example/a/, https: https://m.example/a/}",
    "update_frequency: 3h",
    "sponsor: Example",
    "sponsor_url: https://sponsor.example/",
  ];
  const kept = fields.filter((field) => without === "" || !field.startsWith(`${without}:`));
  return `${[...kept, lines].join("\n")}\n`;
}

export function readMirrorText(
  text: string,
  { config = defaultConfig, path = "m.example.yml" } = {} as {
    config?: NetworkConfig;
    path?: string;
  },
): Read<Mirror | null> {
  const file: SourceFile = { path, text };
  return collect((report) => {
    const document = parseYaml(file, report, MIRROR_LIMITS);
    return document && readMirror(document, config, report);
  });
}

export function readConfigText(text: string): Read<NetworkConfig | null> {
  return collect((report) => {
    const document = parseYaml({ path: "config.yml", text }, report, CONFIG_LIMITS);
    return document && readConfig(document, report);
  });
}

export function readSettingsText(text: string): Read<Settings | null> {
  return collect((report) => {
    const document = parseYaml({ path: "mirrorpress.yml", text }, report, CONFIG_LIMITS);
    return document && readSettings(document, report);
  });
}

export function collect<T>(run: (report: (diagnostic: Diagnostic) => void) => T): Read<T> {
  const diagnostics: Diagnostic[] = [];
  const value = run((diagnostic) => diagnostics.push(diagnostic));
  return { value, diagnostics, codes: diagnostics.map(({ code }) => code) };
}

/** "line:column" of where a diagnostic points, "" when it concerns no place. */
export function placeOf({ file, range }: Diagnostic): string {
  if (!file || !range) return "";
  const { line, column } = positionOf(file, range.start);
  return `${line}:${column}`;
}
