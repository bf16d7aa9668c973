/** Whom a mirror is for: everybody, or only clients of its own networks. */

import { closest } from "./closest.ts";
import { CLOUD_PROVIDERS } from "./cloud.ts";
import { type Fields, type Reading, report } from "./fields.ts";
import type { Mirror } from "./mirror.ts";
import { readBoolean, readScalars, readText, shorten } from "./values.ts";

export interface MirrorReach {
  readonly reach: Mirror["reach"];
  readonly monopoly: boolean;
  readonly cloud?: NonNullable<Mirror["cloud"]>;
}

type ReachFields = Fields<"private" | "monopoly" | "cloud_type" | "cloud_regions">;

export interface ReachContext {
  /** Whether the mirror has an AS number, a subnet or a URL of subnets. */
  readonly scoped: boolean;
  /** Whether it is out of every list anyway. */
  readonly paused: boolean;
}

export function readReach(
  reading: Reading,
  fields: ReachFields,
  { scoped, paused }: ReachContext,
): MirrorReach {
  const privateField = fields.get("private");
  const isPrivate = (privateField && readBoolean(reading, privateField)) === true;
  const monopolyField = fields.get("monopoly");
  const wantsMonopoly = (monopolyField && readBoolean(reading, monopolyField)) === true;
  const cloud = readCloud(reading, fields);

  if (wantsMonopoly && !isPrivate) {
    report(reading, "monopoly-not-private", monopolyField?.range, {});
  }
  // A cloud mirror may still get networks from its provider: whether it has any is asked then.
  if (isPrivate && !cloud && !scoped && !paused) {
    report(reading, "private-without-scope", privateField?.range, {});
  }
  return {
    reach: isPrivate ? "private" : cloud ? "cloud" : "public",
    monopoly: wantsMonopoly && isPrivate,
    ...(cloud && { cloud }),
  };
}

/** The type alone makes a cloud mirror: to read it as public would send it everybody. */
function readCloud(reading: Reading, fields: ReachFields): MirrorReach["cloud"] {
  const typeField = fields.get("cloud_type");
  const regionsField = fields.get("cloud_regions");
  const provider = typeField && readText(reading, typeField)?.toLowerCase();
  if (provider && !CLOUD_PROVIDERS.some((known) => known === provider)) {
    const suggestion = closest(provider, CLOUD_PROVIDERS);
    const args = { text: shorten(provider), suggestion };
    report(reading, "unknown-cloud", typeField.value.range, args);
  }
  if (typeField && !regionsField) {
    const args = { present: "cloud_type", absent: "cloud_regions", reach: "a cloud mirror" };
    report(reading, "cloud-incomplete", typeField.range, args);
  }
  if (regionsField && !typeField) {
    const args = { present: "cloud_regions", absent: "cloud_type", reach: "not a cloud mirror" };
    report(reading, "cloud-incomplete", regionsField.range, args);
  }
  if (!provider) return undefined;
  const regions = regionsField ? readScalars(reading, regionsField) : [];
  return {
    provider,
    regions: regions.map(({ text }) => text),
    ranges: { provider: typeField.range, regions: regions.map(({ range }) => range) },
  };
}
