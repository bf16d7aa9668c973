/**
 * The variables that hold list ids. They are named by number: nginx's table of variables has 1,024
 * places of 64 bytes by default, into which names as long as those of sets would not fit.
 */
import { nginxMapKey, nginxPairKey } from "./nginx-text.ts";

export interface SetVariables {
  readonly set: string;
  /** The client's list by its address. */
  readonly list: string;
  /** The list of the country that the request names. */
  readonly country: string;
  /** What routes.mmdb has for the client in a rotation, which may be nothing. */
  readonly found: (rotation: number) => string;
}

/** In the order of the names, whatever the order given. Throws on a name that is not a set's. */
export function setVariables(sets: readonly string[]): readonly SetVariables[] {
  return sets.toSorted().map((set, index) => {
    nginxMapKey(set);
    nginxPairKey(set, "");
    if (!/^[a-z0-9]/.test(set)) throw new Error(`no list set can be called ${set}`);
    return {
      set,
      list: `$mirrorpress_list_${index + 1}`,
      country: `$mirrorpress_country_${index + 1}`,
      found: (rotation) => `$mirrorpress_found_${index + 1}_${rotation}`,
    };
  });
}
