/** A network on disk with a config.yml that can be used: where all commands begin that need one. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { type NetworkConfig, readConfig } from "../model/config.ts";
import { readNetwork, type WrittenNetwork } from "../sources/network.ts";

export interface UsableNetwork {
  readonly written: WrittenNetwork;
  readonly config: NetworkConfig;
}

export interface UsableNetworkOptions {
  /** Where the mirrors are, in place of what config.yml says. */
  readonly mirrorsFolder?: string | undefined;
  /** What is to be read in place of what is written. */
  readonly changed?: ((network: WrittenNetwork) => WrittenNetwork) | undefined;
}

/** What is reported is added to `diagnostics`; an `InputError` with all of them where there is none. */
export function readUsableNetwork(
  configPath: string,
  diagnostics: Diagnostic[],
  { mirrorsFolder, changed }: UsableNetworkOptions = {},
): UsableNetwork {
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const onDisk = readNetwork(configPath, report, mirrorsFolder);
  const written = onDisk && changed ? changed(onDisk) : onDisk;
  const config = written && readConfig(written.config, report);
  // What the defaults would make of a network that has settings is not what its operator wants.
  if (!written || !config || written.unreadable.settings) throw new InputError(diagnostics);
  return { written, config };
}
