/** The operator's corrections of GeoIP, with their places found. */
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Gazetteer } from "../gazetteer/gazetteer.ts";
import { countryByCode } from "../geo/countries.ts";
import type { Subdivisions } from "../geo/subdivisions.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { ClientPlace } from "./place.ts";
import { placeAll } from "./place-mirrors.ts";
import type { GeoOverride } from "./settings.ts";

export interface PlacedOverride {
  readonly network: Prefix;
  readonly reason: string;
  readonly place: {
    readonly place: ClientPlace | null;
    /** ISO 3166-2, where the override names one that is known. */
    readonly subdivision?: string;
  };
}

/** In the order given. An override that cannot be placed makes its network an unknown place. */
export function placeOverrides(
  overrides: readonly GeoOverride[],
  gazetteer: Gazetteer,
  subdivisions: Subdivisions,
  report: Report,
): readonly PlacedOverride[] {
  const placeable = overrides.map(({ place, file, range, ...rest }) => ({
    ...rest,
    ...(place.coordinates && { coordinates: place.coordinates }),
    location: place,
    locationRanges: { geolocation: range },
    file,
  }));
  return placeAll(placeable, gazetteer, subdivisions, report).map(
    ({ network, reason, location, placed }) => {
      const { country } = location;
      const continent = country === undefined ? undefined : countryByCode(country)?.continent;
      const found =
        country === undefined || location.subdivision === undefined
          ? null
          : subdivisions.find(country, location.subdivision);
      return {
        network,
        reason,
        place: {
          place: placed
            ? {
                ...(country !== undefined && { country }),
                ...(continent !== undefined && { continent }),
                coordinates: placed.at,
                ...(placed.by === "country" && { countryOnly: true }),
              }
            : null,
          ...(found && { subdivision: found.code }),
        },
      };
    },
  );
}
