/** Where generations are, for commands that read no more of a network than that. */
import { dirname, resolve } from "node:path";
import { defaultSettings, readSettings } from "../model/settings.ts";
import { readSettingsDocument } from "../sources/network.ts";
import type { GlobalOptions } from "./options.ts";

/** What was typed, else what is set. What is wrong with the settings is for `check` to say. */
export function configuredOutput({
  output: typed,
  configPath,
}: Pick<GlobalOptions, "output" | "configPath">): string {
  if (typed !== undefined) return typed;
  const unsaid = () => undefined;
  const document = readSettingsDocument(configPath, unsaid);
  const { output } = document === null ? defaultSettings : readSettings(document, unsaid);
  return resolve(dirname(configPath), output);
}
