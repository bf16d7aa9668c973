/** Where generations are, for commands that read no more of a network than that. */
import { dirname, resolve } from "node:path";
import { defaultSettings, readSettings, type Settings } from "../model/settings.ts";
import { readSettingsDocument } from "../sources/network.ts";
import type { GlobalOptions } from "./options.ts";

/** What was typed, else what is set. What is wrong with the settings is for `check` to say. */
export function configuredOutput(options: Pick<GlobalOptions, "output" | "configPath">): string {
  return options.output ?? resolve(dirname(options.configPath), settingsAt(options).output);
}

/** How many generations stay. */
export function configuredKeep(options: Pick<GlobalOptions, "configPath">): number {
  return settingsAt(options).keepGenerations;
}

function settingsAt({ configPath }: Pick<GlobalOptions, "configPath">): Settings {
  const unsaid = () => undefined;
  const document = readSettingsDocument(configPath, unsaid);
  return document === null ? defaultSettings : readSettings(document, unsaid);
}
