/** Where generations lie: `--output`, else what mirrorpress.yml says, else its default. */
import { dirname, join } from "node:path";
import { defaultSettings, readSettings } from "../model/settings.ts";
import { readSettingsDocument } from "../sources/network.ts";
import type { GlobalOptions } from "./options.ts";

/** Problems of the settings are for `build` and `check` to tell. */
export function outputFolder(options: GlobalOptions): string {
  if (options.output !== undefined) return options.output;
  const ignore = () => undefined;
  const document = readSettingsDocument(options.configPath, ignore);
  const { output } = document ? readSettings(document, ignore) : defaultSettings;
  return join(dirname(options.configPath), output);
}
