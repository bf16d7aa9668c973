/** A validated mirror: what the rest of the program knows of one YAML file. */
import type { SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import type { Coordinates } from "../geo/distance.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { SubnetsUrl } from "./claims.ts";

/** Base URLs, canonical, each ending in "/". At least one of http and https is present. */
export interface MirrorUrls {
  readonly http?: string;
  readonly https?: string;
  readonly rsync?: string;
  readonly ftp?: string;
}

/** Where the mirror says it is; names as written, the country as an ISO 3166-1 alpha-2 code. */
export interface MirrorLocation {
  readonly country?: string;
  readonly subdivision?: string;
  readonly city?: string;
}

/** Where the file says what `MirrorLocation` holds, so that placing a mirror can point at it. */
export interface LocationRanges {
  /** The whole geolocation map. */
  readonly geolocation?: SourceRange;
  /** The values. */
  readonly country?: SourceRange;
  readonly subdivision?: SourceRange;
  readonly city?: SourceRange;
  /** The coordinates that stand beside it. */
  readonly coordinates?: SourceRange;
}

/** What a partial mirror has; what is absent is carried whole. */
export interface Carries {
  /** Versions or version lines, "9" or "9.8"; of modules "10-kitten". */
  readonly versions?: readonly string[];
  readonly architectures?: readonly string[];
  readonly repositories?: readonly string[];
  /** False for a mirror without the full set of ISO images. */
  readonly isos?: boolean;
  /** What asking the mirror has shown that it lacks, by `questionKey`. */
  readonly lacks?: ReadonlySet<string>;
}

export type Reach = "public" | "private" | "cloud";

export interface Mirror {
  /** Unique, and the tie-breaker of every ranking, compared by code point. */
  readonly name: string;
  readonly urls: MirrorUrls;
  /** By module name, such as "kitten". */
  readonly modules: ReadonlyMap<string, MirrorUrls>;
  readonly sponsor: { readonly name: string; readonly url?: string };
  readonly email?: string;
  readonly updateFrequencySeconds?: number;
  readonly location: MirrorLocation;
  readonly locationRanges: LocationRanges;
  /** Coordinates that the file itself gives; the gazetteer fills in the rest (`PlacedMirror`). */
  readonly coordinates?: Coordinates;
  /** ASNs that the file declares and, of a `PlacedMirror`, those of its addresses; ascending. */
  readonly asns: readonly number[];
  /**
   * Networks that may use the mirror as on-net, canonical, in address order; of a cloud mirror also
   * those that its provider publishes, tens of thousands, one within another.
   */
  readonly subnets: readonly Prefix[];
  /** URLs of more of them; where they were fetched, they are among `subnets`. */
  readonly subnetsFrom?: readonly SubnetsUrl[];
  /** `private` and `cloud` mirrors are offered to on-net clients only. */
  readonly reach: Reach;
  readonly cloud?: {
    /** "aws" and its like in lower case. */
    readonly provider: string;
    /** Names as written, or "all". */
    readonly regions: readonly string[];
    /** Where the file says so; a range for each region. */
    readonly ranges: { readonly provider: SourceRange; readonly regions: readonly SourceRange[] };
  };
  /** A matching monopoly mirror is the whole answer. Only with reach `private`. */
  readonly monopoly: boolean;
  readonly carries?: Carries;
  /** Share among equally good mirrors, 1 unless given. */
  readonly weight: number;
  /** Out of every list, until the time given (seconds since 1970) or for good. */
  readonly disabled?: { readonly reason: string; readonly until?: number };
  /** Countries of the clients that may, or may not, be sent here; ISO codes, sorted. */
  readonly only?: readonly string[];
  readonly never?: readonly string[];
  readonly file: SourceFile;
}

export type PlacedBy = "coordinates" | "city" | "subdivision" | "country" | "address";

/** A mirror with all that ranking asks of it. */
export interface PlacedMirror extends Mirror {
  /** Absent when nothing gave a place: the mirror is then listed nowhere by place. */
  readonly placed?: {
    readonly at: Coordinates;
    readonly by: PlacedBy;
  };
  /** Two-letter continent of `location.country`. */
  readonly continent?: string;
  /** The ASNs of its addresses, where these are known. */
  readonly ownAsns?: readonly number[];
}
