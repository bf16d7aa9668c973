/**
 * `site/mirrors.json`: the public mirrors for programs. One mirror a line, by name, so that two
 * generations can be compared with the tools at hand. What is not public about a mirror (whom to
 * write to, the networks that it is on-net for) is not in it, and a mirror that is not public is
 * not there at all.
 */
import type { MirrorUrls, PlacedMirror } from "../model/mirror.ts";
import { PROTOCOLS } from "../model/url.ts";
import { type Artifact, textArtifact } from "./artifact.ts";

export interface MirrorsToEmit {
  /** In name order. */
  readonly mirrors: readonly PlacedMirror[];
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly attribution: readonly string[];
}

export const MIRRORS_JSON_PATH = "site/mirrors.json";
const MIRRORS_JSON_FORMAT = 1;

export function emitMirrorsJson({ mirrors, builtAt, attribution }: MirrorsToEmit): Artifact {
  const lines = mirrors
    .filter(({ reach }) => reach === "public")
    .map((mirror) => `    ${JSON.stringify(publicPart(mirror))}`);
  const text = `{
  "format": ${MIRRORS_JSON_FORMAT},
  "built_at": ${JSON.stringify(new Date(builtAt * 1000).toISOString())},
  "attribution": ${JSON.stringify(attribution)},
  "mirrors": [
${lines.join(",\n")}
  ]
}
`;
  return textArtifact(MIRRORS_JSON_PATH, text);
}

/** By name, the country of each mirror that has one. Throws on another format. */
export function readMirrorCountries(text: string): ReadonlyMap<string, string> {
  const read = JSON.parse(text) as {
    readonly format?: unknown;
    readonly mirrors: readonly { readonly name: string; readonly country?: string }[];
  };
  if (read?.format !== MIRRORS_JSON_FORMAT) {
    throw new Error(`${MIRRORS_JSON_PATH} is of another version of mirrorpress`);
  }
  return new Map(
    read.mirrors.flatMap(({ name, country }) => (country === undefined ? [] : [[name, country]])),
  );
}

/** Keys in a fixed order; one without a value is left out. */
function publicPart(mirror: PlacedMirror) {
  const { name, location, continent, placed, urls, modules, sponsor, asns, weight } = mirror;
  const { carries } = mirror;
  const lacks = carries?.lacks;
  return {
    name,
    country: location.country,
    subdivision: location.subdivision,
    city: location.city,
    continent,
    ...(placed && {
      latitude: rounded(placed.at.latitude),
      longitude: rounded(placed.at.longitude),
      placed_by: placed.by,
    }),
    urls: inOrder(urls),
    modules:
      modules.size === 0
        ? undefined
        : Object.fromEntries(Array.from(modules, ([module, own]) => [module, inOrder(own)])),
    sponsor: { name: sponsor.name, url: sponsor.url },
    asns: asns.length === 0 ? undefined : asns,
    update_frequency_seconds: mirror.updateFrequencySeconds,
    weight: weight === 1 ? undefined : weight,
    carries: carries && { ...carries, lacks: lacks && [...lacks].sort() },
  };
}

function inOrder(urls: MirrorUrls): Record<string, string> {
  return Object.fromEntries(
    PROTOCOLS.flatMap((protocol) => {
      const url = urls[protocol];
      return url === undefined ? [] : [[protocol, url]];
    }),
  );
}

/** To a hundredth of a degree, a kilometre: nothing here is known better, and nobody's door is. */
function rounded(degrees: number): number {
  // Adding 0 makes -0 an ordinary 0.
  return Math.round(degrees * 100) / 100 + 0;
}
