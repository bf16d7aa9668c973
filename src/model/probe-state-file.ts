/** The text of `state/probe.json`: written a check a line, read back with every value checked. */
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { parseAddress } from "../ip/address.ts";
import { isProbeReason, PROBE_REASONS } from "./probe-reasons.ts";
import type { CheckState, MirrorState, ProbeState } from "./probe-state.ts";

const FORMAT = 1;
/** Larger is no state of ours: ten thousand mirrors with a dozen checks each have some 20 MB. */
export const PROBE_STATE_BYTES = 64 * 1024 * 1024;

/** One check a line, so that it can be searched and compared with the tools at hand. */
export function renderProbeState(state: ProbeState): string {
  const mirrors = Object.entries(state.mirrors).map(
    ([name, { addresses, repositories, checks }]) => {
      const lines = Object.entries(checks).map(
        ([check, held]) => `      ${JSON.stringify(check)}: ${JSON.stringify(ordered(held))}`,
      );
      return [
        `    ${JSON.stringify(name)}: {"addresses": ${JSON.stringify(addresses)}, "repositories": ${repositories}, "checks": {`,
        `${lines.join(",\n")}`,
        "    }}",
      ].join("\n");
    },
  );
  const accepted = state.acceptedAt === undefined ? "" : `\n  "acceptedAt": ${state.acceptedAt},`;
  return `{
  "format": ${FORMAT},
  "probedAt": ${state.probedAt},${accepted}
  "allowedOutdateSeconds": ${state.allowedOutdateSeconds},
  "mirrors": {
${mirrors.join(",\n")}
  }
}
`;
}

const CHECK_KEYS = [
  "good",
  "since",
  "against",
  "countedAt",
  "reason",
  "detail",
  "at",
  "goodAt",
  "updatedAt",
  "expiresAt",
  "took",
  "url",
] as const satisfies readonly (keyof CheckState)[];

/** Whoever made the object has no say in the order of its keys. */
function ordered(held: CheckState): Partial<Record<keyof CheckState, unknown>> {
  return Object.fromEntries(
    CHECK_KEYS.flatMap((key) => (held[key] === undefined ? [] : [[key, held[key]]])),
  );
}

/** Null, with an error reported, when the file is not one that `renderProbeState` writes. */
export function readProbeState(file: SourceFile, report: Report): ProbeState | null {
  const refuse = (reason: string) => {
    report(problem("probe-state-unusable", { file: { path: file.path, text: "" } }, { reason }));
    return null;
  };
  let root: unknown;
  try {
    root = JSON.parse(file.text);
  } catch {
    return refuse("it is not JSON, or only the beginning of it");
  }
  if (!isObject(root)) return refuse("it is no JSON object");
  if (root["format"] !== FORMAT) return refuse("it is of another version of mirrorpress");
  const { probedAt, acceptedAt, allowedOutdateSeconds, mirrors } = root;
  if (!isTime(probedAt) || !isCount(allowedOutdateSeconds) || !isObject(mirrors)) {
    return refuse("it does not say when mirrors were asked");
  }
  if (acceptedAt !== undefined && !isTime(acceptedAt)) return refuse("acceptedAt is no time");
  for (const [name, mirror] of Object.entries(mirrors)) {
    const wrong = wrongIn(mirror);
    if (wrong !== null) return refuse(`${wrong} of ${JSON.stringify(name.slice(0, 60))}`);
  }
  return {
    ...{ probedAt, allowedOutdateSeconds, mirrors: mirrors as Record<string, MirrorState> },
    ...(acceptedAt !== undefined && { acceptedAt }),
  };
}

function wrongIn(mirror: unknown): string | null {
  if (!isObject(mirror)) return "the entry";
  const { addresses, checks, repositories } = mirror;
  if (!isObject(addresses) || !["ipv4", "ipv6"].every((key) => isAddresses(addresses[key]))) {
    return "the addresses";
  }
  if (!isCount(repositories)) return "the number of repositories";
  if (!isObject(checks)) return "the checks";
  for (const [check, held] of Object.entries(checks)) {
    if (!isCheckState(held)) return `the check ${JSON.stringify(check.slice(0, 60))}`;
  }
  return null;
}

function isCheckState(held: unknown): boolean {
  if (!isObject(held)) return false;
  const isOptional = (key: string, is: (value: unknown) => boolean) =>
    held[key] === undefined || is(held[key]);
  return (
    typeof held["good"] === "boolean" &&
    isProbeReason(held["reason"]) &&
    isTime(held["at"]) &&
    isTime(held["since"]) &&
    isCount(held["against"]) &&
    ["countedAt", "goodAt", "updatedAt", "expiresAt"].every((key) => isOptional(key, isTime)) &&
    isOptional("took", isCount) &&
    ["detail", "url"].every((key) => isOptional(key, (value) => typeof value === "string"))
  );
}

function isAddresses(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((text) => typeof text === "string" && parseAddress(text) !== null)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Mirrors may date their timestamps as they like, so any second that a number holds exactly. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const TIME = { type: "integer", description: "Seconds since 1970, UTC." } as const;
const ADDRESSES = { type: "array", items: { type: "string" } } as const;

/** JSON Schema, draft 2020-12. */
export const PROBE_STATE_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "mirrorpress state/probe.json",
  description: "What is known of each mirror from asking it.",
  type: "object",
  required: ["format", "probedAt", "allowedOutdateSeconds", "mirrors"],
  additionalProperties: false,
  properties: {
    format: { const: FORMAT },
    probedAt: { ...TIME, description: "The end of the last run that counted." },
    acceptedAt: {
      ...TIME,
      description: "The start of the last run that a person said to count although it was suspect.",
    },
    allowedOutdateSeconds: {
      type: "integer",
      minimum: 0,
      description: "The age above which a copy was called stale.",
    },
    mirrors: { type: "object", additionalProperties: { $ref: "#/$defs/mirror" } },
  },
  $defs: {
    mirror: {
      type: "object",
      required: ["addresses", "repositories", "checks"],
      additionalProperties: false,
      properties: {
        addresses: {
          type: "object",
          required: ["ipv4", "ipv6"],
          additionalProperties: false,
          properties: { ipv4: ADDRESSES, ipv6: ADDRESSES },
        },
        repositories: {
          type: "integer",
          minimum: 0,
          description: "How many repositories were asked for last.",
        },
        checks: {
          type: "object",
          description:
            'By name: "dns", "http/ipv4", "kitten:https/ipv6", "repo:9.8/baseos/x86_64", "isos", "rsync". Of repositories only those that are not good.',
          additionalProperties: { $ref: "#/$defs/check" },
        },
      },
    },
    check: {
      type: "object",
      required: ["good", "since", "against", "reason", "at"],
      additionalProperties: false,
      properties: {
        good: { type: "boolean", description: "What a build goes by." },
        since: { ...TIME, description: "Since when it does." },
        against: {
          type: "integer",
          minimum: 0,
          description: "How many results in a row speak against it; none that came too soon.",
        },
        countedAt: {
          ...TIME,
          description: "When the last of the row was that counted; absent where that is `at`.",
        },
        reason: { enum: Object.keys(PROBE_REASONS), description: "The last result." },
        detail: { type: "string", description: "The same in words." },
        at: { ...TIME, description: "When that was." },
        goodAt: { ...TIME, description: "When it was good last." },
        updatedAt: { ...TIME, description: "What the mirror's timestamp says." },
        expiresAt: { ...TIME, description: "The end of the certificate." },
        took: { type: "integer", minimum: 0, description: "Milliseconds." },
        url: { type: "string", description: "What was asked for, after redirects." },
      },
    },
  },
} as const;
