import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CatalogueEntry } from "../../src/diagnostics/catalogue/entry.ts";
import { catalogue, type DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { renderFrame } from "../../src/diagnostics/render.ts";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { findMirrorFiles, readNetwork } from "../../src/sources/network.ts";
import { collect, readConfigText, readMirrorText, readSettingsText } from "../support/reading.ts";
import { geoSamples } from "./geo-samples.ts";
import { type Sample, samples } from "./samples.ts";

const entries = Object.entries<CatalogueEntry>(catalogue);

const all: Readonly<Record<string, Sample>> = {
  ...samples,
  ...Object.fromEntries(Object.entries(geoSamples).map(([code, run]) => [code, { run }])),
};

test("every code has a sample, and every sample a code", () => {
  expect(Object.keys(all).sort()).toEqual(Object.keys(catalogue).sort());
});

describe.each(Object.entries(all))("%s", (code, sample) => {
  const diagnostics = diagnose(sample);
  const found = diagnostics.find((diagnostic) => diagnostic.code === code);

  test("its sample brings it about", () => {
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });

  test("it has the severity of the catalogue and all its words", () => {
    expect(found?.severity).toBe(catalogue[code as DiagnosticCode].severity);
    const wording = found && wordingOf(found);
    expect(wording?.message).not.toMatch(/\{[A-Za-z]+\}|undefined|NaN/);
    expect(wording?.hint, "no hint could be filled").toBeDefined();
    expect(wording?.hint).not.toMatch(/undefined|NaN/);
  });

  test("it says which file, if it concerns one, and fits a frame", () => {
    const ofNoFile =
      /^geoip-|^no-mirror-files$|^too-many-files$|^empty-list$|^unserved-clients$|^country-too-wide$|^probe-hardly-any$/.test(
        code,
      );
    expect(found?.file?.path !== undefined).toBe(!ofNoFile);
    expect(found && renderFrame(found, { color: false, width: 80 })).toContain(`[${code}]: `);
  });
});

test.each(entries)("%s: its sentences are plain", (code, { title, message, hints }) => {
  expect(code).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
  expect(title).not.toMatch(/[{}.]$/);
  for (const sentence of [message, ...hints]) {
    expect(sentence).not.toMatch(/\.$| {2}|please|sorry|invalid|!/i);
  }
  expect(hints.length).toBeGreaterThan(0);
});

function diagnose(sample: Sample): readonly Diagnostic[] {
  if ("mirror" in sample) {
    return readMirrorText(sample.mirror, { path: sample.path ?? "m.example.yml" }).diagnostics;
  }
  if ("config" in sample) return readConfigText(sample.config).diagnostics;
  if ("settings" in sample) return readSettingsText(sample.settings).diagnostics;
  if ("run" in sample) return collect(sample.run).diagnostics;
  const { folder: files, maxFiles } = sample;
  const { diagnostics } = inFolder(files, (folder) =>
    collect<unknown>((report) =>
      maxFiles === undefined
        ? readNetwork(join(folder, "config.yml"), report)
        : findMirrorFiles(folder, report, maxFiles),
    ),
  );
  return diagnostics;
}

function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-samples-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true });
      if (typeof content === "string" && content.startsWith("LINK ")) {
        symlinkSync(content.slice(5), full);
      } else {
        writeFileSync(full, content);
      }
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
