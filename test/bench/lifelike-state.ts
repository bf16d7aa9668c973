/** A seeded state of mirrors as asking them finds them on an ordinary day. */
import type { NetworkConfig } from "../../src/model/config.ts";
import { questionKey } from "../../src/model/probe-checks.ts";
import { renderProbeState } from "../../src/model/probe-state-file.ts";
import { questionsOf } from "../../src/model/questions.ts";
import { held, stateOf } from "../support/probe-state.ts";
import { seededRandom } from "../support/random.ts";

export interface Asked {
  readonly seed: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly names: readonly string[];
  readonly config: NetworkConfig;
  /** Each mirror has one of these. */
  readonly addresses: readonly string[];
}

/** Parts that a mirror lacks as a whole. They are few: what hardly anybody else lacks is widened. */
const LACKS: readonly (readonly [share: number, lacks: RegExp])[] = [
  [0.04, /\/s390x$/],
  [0.04, /\/ppc64le$/],
  [0.03, /\/aarch64$/],
  [0.03, /^repo:8\./],
  [0.03, /^repo:10\./],
  [0.03, /^repo:[^/]*-/],
];

/** The text of `state/probe.json`: one mirror in twenty is gone, and one in three has no full set of images. */
export function lifelikeState({ seed, at, names, config, addresses }: Asked): string {
  const random = seededRandom(seed);
  const repositories = questionsOf(config).filter(({ repo }) => repo !== undefined);
  const keys = [...new Set(repositories.map(questionKey))];
  const mirrors = names.map((name) => {
    const bad = (reason: Parameters<typeof held>[0]) => held(reason, { at, since: at - 86_400 });
    const checks: Record<string, ReturnType<typeof held>> = {};
    const isDown = random() < 0.05;
    if (isDown) checks["http/ipv4"] = bad("down");
    if (isDown) checks["https/ipv4"] = bad("down");
    else if (random() < 0.03) checks["https/ipv4"] = bad("tls");
    if (random() < 0.3) checks["isos"] = bad("missing-isos");
    for (const [share, lacks] of LACKS) {
      if (random() >= share) continue;
      for (const key of keys.filter((each) => lacks.test(each))) checks[key] = bad("missing-repo");
    }
    const address = addresses[Math.floor(random() * addresses.length)];
    return [name, stateOf(checks, address === undefined ? {} : { ipv4: [address] })] as const;
  });
  return renderProbeState({
    probedAt: at,
    allowedOutdateSeconds: config.allowedOutdateSeconds,
    mirrors: Object.fromEntries(mirrors),
  });
}
