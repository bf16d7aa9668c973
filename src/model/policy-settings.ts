/**
 * `policy:` of mirrorpress.yml -> a ranking rule: a preset by its name, or a rule written out.
 *
 *     policy:
 *       name: ours
 *       distances: whole-km
 *       imprecise: centroid
 *       spread: {within_km: 500, rotations: 8}
 *       steps:
 *         - on_net: {order: [subnet, asn], minimum: 5, fill: nearest, fill_unplaced: true}
 *         - by_place: {length: 10, bands: [{from: country, take: 10}, {from: world, take: 10}]}
 *         - everyone: {take_of_blank: 10}
 */
import { type Field, type Fields, keyRange, type Reading, readFields, report } from "./fields.ts";
import {
  BLOG_2021_NUMBERS,
  type Blog2021Numbers,
  blog2021,
  type Policy,
  SERVICE_2026,
  type Spread,
} from "./policy.ts";
import { readSteps } from "./policy-steps.ts";
import { numberOr, readBoolean, readChoiceOr, readScalar, readWord, shorten } from "./values.ts";

/** The numbers of blog-2021, which has them as keys of its own. */
const NUMBER_KEYS = {
  on_net_minimum: "onNetMinimum",
  country_take: "countryTake",
  continent_take: "continentTake",
  world_take: "worldTake",
  length: "length",
} as const satisfies Record<string, keyof Blog2021Numbers>;
type NumberKey = keyof typeof NUMBER_KEYS;
const NUMBER_NAMES = Object.keys(NUMBER_KEYS) as readonly NumberKey[];

const PRESETS = ["blog-2021", "service-2026"] as const;
/** What a rule is called that is written out and given no name. */
const UNNAMED = "custom";

type PolicyFields = Fields<
  "name" | "distances" | "imprecise" | "spread" | "steps" | (typeof NUMBER_NAMES)[number]
>;

/** What is wrong is reported, and has the value that the policy has without it. */
export function readPolicy(reading: Reading, field: Field | undefined): Policy {
  const fields =
    field &&
    readFields(reading, field.value, {
      what: "policy",
      example:
        field.value.kind === "scalar"
          ? `"policy: {name: ${shorten(field.value.text)}}"`
          : undefined,
      keys: ["name", "distances", "imprecise", "spread", "steps", ...NUMBER_NAMES],
      elsewhere: {
        minimum: "in the on_net step under steps:",
        bands: "in the by_place step under steps:",
        within_km: "under spread:",
        rotations: "under spread:",
      },
    });
  if (!fields) return blog2021();
  const rule = readRule(reading, fields);
  const spread = readSpread(reading, fields.get("spread"), rule.spread);
  const { spread: _, ...withoutSpread } = rule;
  return {
    ...withoutSpread,
    distances: readChoiceOr(
      reading,
      fields.get("distances"),
      ["exact", "whole-km"] as const,
      rule.distances,
    ),
    imprecise: readChoiceOr(
      reading,
      fields.get("imprecise"),
      ["spread", "centroid"] as const,
      rule.imprecise,
    ),
    ...(spread && isSpreadUseful(reading, rule, fields.get("spread")) && { spread }),
  };
}

/** The preset or the steps, before what may be said of either. */
function readRule(reading: Reading, fields: PolicyFields): Policy {
  const stepsField = fields.get("steps");
  const name = readName(reading, fields);
  const preset = PRESETS.find((each) => each === name);
  if (preset !== "blog-2021") reportNumbers(reading, fields, name);
  if (preset !== undefined && stepsField) {
    report(reading, "policy-steps-of-preset", keyRange(stepsField), { policy: preset });
  }
  if (preset === "service-2026") return SERVICE_2026;
  if (preset === "blog-2021") return blog2021(readNumbers(reading, fields));
  const steps = stepsField && readSteps(reading, stepsField);
  return { ...blog2021(), ...(steps && { steps, name }) };
}

/** A preset's name, or with steps any other; blog-2021 when there is neither. */
function readName(reading: Reading, fields: PolicyFields): string {
  const field = fields.get("name");
  const hasSteps = fields.get("steps") !== undefined;
  const otherwise = hasSteps ? UNNAMED : "blog-2021";
  const scalar = field && readScalar(reading, field.value, "name", '"name: blog-2021"');
  if (!scalar) return otherwise;
  const name = scalar.text.trim();
  if (!hasSteps) {
    const unknown = (suggestion: string | undefined) =>
      report(reading, "unknown-policy", scalar.range, { text: shorten(name), suggestion });
    return readWord(scalar, PRESETS, unknown) ?? otherwise;
  }
  // A preset's name passes too, and what stands under it is then the preset's.
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return name;
  report(reading, "policy-name", scalar.range, { text: shorten(scalar.text), used: UNNAMED });
  return UNNAMED;
}

function readNumbers(reading: Reading, fields: PolicyFields): Blog2021Numbers {
  const numbers: { -readonly [Key in keyof Blog2021Numbers]: number } = { ...BLOG_2021_NUMBERS };
  for (const key of NUMBER_NAMES) {
    const range = { least: key === "length" ? 1 : 0, most: 1000, whole: true };
    const name = NUMBER_KEYS[key];
    numbers[name] = numberOr(reading, fields.get(key), range, BLOG_2021_NUMBERS[name]);
  }
  return numbers;
}

/** Another policy has its numbers in its steps. */
function reportNumbers(reading: Reading, fields: PolicyFields, policy: string): void {
  for (const key of NUMBER_NAMES) {
    const field = fields.get(key);
    if (field) report(reading, "policy-number", field.range, { key, policy });
  }
}

/** 500 km and 8 orders, as in service-2026, where only that much is said: `spread: true`. */
function readSpread(
  reading: Reading,
  field: Field | undefined,
  otherwise: Spread | undefined,
): Spread | undefined {
  if (!field) return otherwise;
  const standard: Spread = { withinKm: 500, rotations: 8 };
  if (field.value.kind === "scalar") {
    const wanted = readBoolean(reading, field);
    return wanted === undefined ? otherwise : wanted ? standard : undefined;
  }
  const fields = readFields(reading, field.value, {
    what: "spread",
    keys: ["within_km", "rotations"],
  });
  if (!fields) return otherwise;
  return {
    // Half the way round the Earth is 20,015 km: the most that two places can be apart.
    withinKm: numberOr(
      reading,
      fields.get("within_km"),
      { least: 1, most: 20_016, whole: true },
      standard.withinKm,
    ),
    rotations: numberOr(reading, fields.get("rotations"), ROTATIONS, standard.rotations),
  };
}

/**
 * nginx's split_clients takes shares in hundredths of a percent and gives the rest to the last one:
 * of 64 orders the last has 1.72% of the clients and each other one 1.56%. With more it would show.
 */
const ROTATIONS = { least: 1, most: 64, whole: true };

function isSpreadUseful(reading: Reading, { name, steps }: Policy, field?: Field): boolean {
  if (steps.some(({ kind }) => kind === "by-place")) return true;
  report(reading, "spread-without-place", field && keyRange(field), { policy: name });
  return false;
}
