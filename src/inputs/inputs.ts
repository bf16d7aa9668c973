/**
 * Everything a build or an explanation starts from: the network as validated and placed, and the
 * databases as verified and read. All that is wrong is in `diagnostics`; what leaves nothing to go
 * on with throws an `InputError` that holds them.
 */
import { dirname, resolve } from "node:path";
import type { Diagnostic, SourceFile } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { openGazetteer } from "../gazetteer/gazetteer.ts";
import { openSubdivisions, type Subdivisions } from "../geo/subdivisions.ts";
import type { NetworkConfig } from "../model/config.ts";
import { applyHealth } from "../model/health.ts";
import type { Mirror, PlacedMirror } from "../model/mirror.ts";
import { isDisabled, readMirrors } from "../model/mirrors.ts";
import { type PlacedOverride, placeOverrides } from "../model/overrides.ts";
import { placeMirrors } from "../model/place-mirrors.ts";
import type { ProbeState } from "../model/probe-state.ts";
import {
  currentOverrides,
  defaultSettings,
  readSettings,
  type Settings,
} from "../model/settings.ts";
import { type AsnRanges, readAsnRanges } from "../sources/asn.ts";
import type { CloudFeed } from "../sources/cloud-feeds.ts";
import { type Geoip, openGeoip } from "../sources/geoip.ts";
import type { WrittenNetwork } from "../sources/network.ts";
import { readCloudMirrors } from "./cloud-mirrors.ts";
import { geoipFiles } from "./geoip-files.ts";
import { stillUnplaced, withAddresses } from "./mirror-addresses.ts";
import { type CityPlaces, gazetteerTables, openCityPlaces } from "./place-trees.ts";
import { readProbeResults } from "./probe-results.ts";
import { readSubnetMirrors } from "./subnet-mirrors.ts";
import { reportUnserved } from "./unserved.ts";
import { readUsableNetwork } from "./usable-network.ts";

export interface InputOptions {
  readonly configPath: string;
  /** Seconds since 1970: what ages, ends and expiries are compared with. */
  readonly builtAt: number;
  /** Mirrors that are not the network's own, but are to be seen in its place. */
  readonly contributed?: {
    readonly folder: string;
    /** Takes what is held of mirrors, and gives what is to be held of these. */
    readonly known: (held: ProbeState | undefined) => ProbeState | undefined;
  };
  /** What is to be read in place of what is written. */
  readonly changed?: (network: WrittenNetwork) => WrittenNetwork;
}

/** What a stage is called while it runs. */
export type Phase = <T>(name: string, work: () => T) => T;

export interface LeftOut {
  /** Of the file, where that is what is wrong. */
  readonly name: string;
  readonly reason: string;
  /** What decided it: its file's errors, its file's word, or asking it. */
  readonly by: "errors" | "disabled" | "probe";
}

export interface Inputs {
  readonly config: NetworkConfig;
  readonly settings: Settings;
  /** Where relative paths of the settings start. */
  readonly folder: string;
  /** Every file that was read whole, config.yml first. */
  readonly files: {
    readonly config: SourceFile;
    readonly settings?: SourceFile;
    readonly mirrors: readonly SourceFile[];
    /** The lists of the providers' networks, by provider in name order. */
    readonly clouds: readonly CloudFeed[];
    /** Fetched lists of mirrors' networks, by URL in code-point order. */
    readonly subnets: readonly SourceFile[];
    /** What is known from asking mirrors. */
    readonly probe?: SourceFile;
  };
  /** Absent where mirrors were never asked: all of them then count as alive. */
  readonly probe?: ProbeState;
  /** Those that take part, in name order. */
  readonly mirrors: readonly PlacedMirror[];
  readonly leftOut: readonly LeftOut[];
  readonly overrides: readonly PlacedOverride[];
  readonly geoip: Geoip;
  readonly city: { readonly ipv4: CityPlaces; readonly ipv6: CityPlaces };
  readonly asns: AsnRanges;
  readonly subdivisions: Subdivisions;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whoever takes the inputs closes `geoip`. Throws `InputError` and `EnvironmentError`. */
export function readInputs(
  { configPath, builtAt, contributed, changed }: InputOptions,
  phase: Phase,
): Inputs {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const folder = dirname(resolve(configPath));

  const network = phase("mirror files", () => {
    const mirrorsFolder = contributed?.folder;
    const { written, config } = readUsableNetwork(configPath, diagnostics, {
      mirrorsFolder,
      changed,
    });
    const named = readMirrors(written.mirrors, config, report);
    const leftOut = [...written.unreadable.mirrors, ...filesWithout(named, written.mirrors)].map(
      (path): LeftOut => ({ name: path, reason: "its file has errors", by: "errors" }),
    );
    const settings = written.settings ? readSettings(written.settings, report) : defaultSettings;
    const subnets = readSubnetMirrors(named, settings, folder, report);
    const clouds = readCloudMirrors(subnets.mirrors, settings, folder, report);
    const probe = readProbeResults(resolve(folder, settings.probe.state), builtAt, report);
    if (probe?.state === null) throw new InputError(diagnostics);
    const held = probe?.state;
    const state = contributed ? contributed.known(held) : held;
    const health = state && applyHealth(clouds.mirrors, state, config, report);
    const files = {
      config: written.config.file,
      ...(written.settings && { settings: written.settings.file }),
      mirrors: written.mirrors.map(({ file }) => file),
      clouds: clouds.feeds,
      subnets: subnets.files,
      ...(probe && { probe: probe.file }),
    };
    return {
      config,
      settings,
      named: health?.mirrors ?? clouds.mirrors,
      leftOut: [...leftOut, ...(health?.leftOut ?? [])],
      files,
      ...(state && { probe: state }),
    };
  });
  const { config, settings } = network;

  const geoip = phase("verify databases", () => {
    const files = geoipFiles(settings, folder, report);
    const { maxAgeDays } = settings.geoip;
    return files && openGeoip(files, { builtAt, maxAgeDays, epochs: files.epochs }, report);
  });
  if (!geoip) throw new InputError(diagnostics);
  try {
    const asns = phase("read ASN ranges", () => readAsnRanges(geoip.asn, report));
    const city = phase("read places", () => openCityPlaces(geoip.city));
    const subdivisions = openSubdivisions();
    const { mirrors, overrides, leftOut } = phase("place mirrors", () => {
      const isOut = (mirror: PlacedMirror) => isDisabled(mirror, builtAt);
      const gazetteer = openGazetteer(gazetteerTables(city), subdivisions);
      const found: Diagnostic[] = [];
      const named = placeMirrors(network.named, gazetteer, subdivisions, (each) => {
        found.push(each);
      });
      const current = currentOverrides(settings.geo.overrides, builtAt, report);
      const overrides = placeOverrides(current, gazetteer, subdivisions, report);
      const { probe } = network;
      const where = { city, overrides, asns };
      const placed = probe ? withAddresses(named, probe, settings.policy, where, report) : named;
      diagnostics.push(...stillUnplaced(found, placed));
      const partaking = placed.filter((mirror) => !isOut(mirror));
      reportUnserved(config, partaking, report);
      return {
        mirrors: partaking,
        overrides,
        leftOut: placed.filter(isOut).map(({ name, disabled }): LeftOut => {
          return { name, reason: `disabled: ${disabled?.reason ?? ""}`, by: "disabled" };
        }),
      };
    });
    return {
      config,
      settings,
      folder,
      files: network.files,
      ...(network.probe && { probe: network.probe }),
      mirrors,
      leftOut: [...network.leftOut, ...leftOut],
      overrides,
      geoip,
      city,
      asns,
      subdivisions,
      diagnostics,
    };
  } catch (error) {
    geoip.close();
    throw error;
  }
}

/** Where generations go: what was typed, seen from the working directory, else what is set. */
export function outputFolder(
  typed: string | undefined,
  { settings, folder }: Pick<Inputs, "settings" | "folder">,
): string {
  return typed === undefined ? resolve(folder, settings.output) : resolve(typed);
}

/** The files of which no mirror came. */
function filesWithout(
  mirrors: readonly Mirror[],
  documents: readonly WrittenDocument[],
): readonly string[] {
  const used = new Set(mirrors.map(({ file }) => file.path));
  return documents.map(({ file }) => file.path).filter((path) => !used.has(path));
}
