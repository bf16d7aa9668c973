/**
 * Probes the thousand fake mirrors as a process of its own, whose memory is measured. It gets what is
 * served from its parent, says how it went, and ends.
 */
import { once } from "node:events";
import { peakMemoryBytes } from "../../src/cli/memory.ts";
import { defaultProbeSettings } from "../../src/model/probe-settings.ts";
import type { CheckResult } from "../../src/model/probe-state.ts";
import { probeMirrors } from "../../src/probe/probe.ts";
import { allFakes, CONFIG, fakesOnly, ISOS, mirrorOf, resolverOf, type Served } from "./fakes.ts";
import { DECOY } from "./kinds.ts";

export interface ToProbe {
  readonly served: Served;
  readonly requestSeconds: number;
}

export interface Probed {
  readonly checks: Readonly<Record<string, Readonly<Record<string, CheckResult>>>>;
  readonly control: { readonly asked: number; readonly answered: number };
  readonly cut: boolean;
  /** How many mirrors were done, event by event. */
  readonly events: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

const asked = once(process, "message");
process.send?.("ready");
const [{ served, requestSeconds }] = (await asked) as [ToProbe];
const fakes = allFakes();
const mirrors = fakes.map((fake) => mirrorOf(fake, served.ports[fake.name]!));
const startedAt = performance.now();
let events = 0;
const run = await probeMirrors(mirrors, {
  config: CONFIG,
  settings: {
    ...defaultProbeSettings,
    ...{ isos: ISOS, control: served.control, contact: "https://fake.test/prober" },
    ...{ requestSeconds, mirrorSeconds: 10 * requestSeconds, runSeconds: 100, concurrency: 60 },
  },
  net: { policy: fakesOnly, resolver: resolverOf(fakes, DECOY), ca: served.ca },
  version: "0.0.0",
  now: Date.now,
  onEvent: ({ kind }) => {
    if (kind === "mirror") events += 1;
  },
});
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage();
const probed: Probed = {
  checks: Object.fromEntries(
    run.results.map(({ name, checks }) => [name, Object.fromEntries(checks)]),
  ),
  ...{ control: run.control, cut: run.cut, events, wallMs },
  cpuMs: (user + system) / 1000,
  peakBytes: peakMemoryBytes(),
};
process.send?.(probed, () => process.disconnect());
