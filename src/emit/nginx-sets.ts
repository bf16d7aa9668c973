/**
 * The variables that hold list ids. They are named by number, and all of ours are short: nginx's
 * table of variables has 1,024 places of 64 bytes by default, which hold two names of up to 14
 * letters. With longer ones nginx would warn, and want a limit raised.
 */
import { nginxMapKey, nginxPairKey } from "./nginx-text.ts";

export interface SetVariables {
  readonly set: string;
  /** The client's list by its address. */
  readonly list: string;
  /** The list of the country that the request names. */
  readonly country: string;
  /** What routes.mmdb has for the client in a rotation, by default in its own; may be nothing. */
  readonly found: (rotation?: number) => string;
  /** What a client gets for whom it has nothing. */
  readonly lost: string;
}

/** In the order of the names, whatever the order given. Throws on a name that is not a set's. */
export function setVariables(sets: readonly string[]): readonly SetVariables[] {
  return sets.toSorted().map((set, index) => {
    nginxMapKey(set);
    nginxPairKey(set, "");
    if (!/^[a-z0-9]/.test(set)) throw new Error(`no list set can be called ${set}`);
    return {
      set,
      list: `$mp_list_${index + 1}`,
      country: `$mp_country_${index + 1}`,
      found: (rotation) => `$mp_found_${index + 1}${rotation === undefined ? "" : `_${rotation}`}`,
      lost: `$mp_lost_${index + 1}`,
    };
  });
}
