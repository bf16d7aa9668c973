import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { compileInputs } from "../../src/generate/compile-inputs.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { BUILT_AT, MIRROR_NAMES, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

it("compileInputs tells a network without a public mirror from a bug", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-private-"));
  try {
    const isPrivate = (name: string) => mirrorFile(name, "private: true\nasn: 57\n");
    const files = MIRROR_NAMES.map((name) => [`mirrors/${name}.yml`, isPrivate(name)]);
    const configPath = writeSmallNetwork(folder, { files: Object.fromEntries(files) });
    const inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_, work) => work());
    try {
      expect(() => compileInputs(inputs)).toThrow(InputError);
      expect(() => compileInputs(inputs)).toThrow(/empty-list/);
    } finally {
      inputs.geoip.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
