/**
 * A run of the prober that goes on for ever, to be interrupted: every look-up waits. Arguments: the
 * path of config.yml.
 */
import { publicAddresses } from "../../src/net/address-policy.ts";
import { runProbe } from "./probe-run.ts";

const resolver = { resolve: () => new Promise<never>(() => undefined) };

await runProbe({
  configPath: process.argv[2] ?? "",
  world: { openNet: () => ({ policy: publicAddresses, resolver }), now: () => Date.now() },
  live: true,
  onErr: (text) => void process.stderr.write(text),
});
