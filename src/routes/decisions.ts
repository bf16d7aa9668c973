/** How many addresses came to each class, and by which rule. */
import type { ClassWeights } from "./aggregate.ts";
import type { Sightings } from "./pass.ts";
import { RULES, type Rule, type RulesOfRows } from "./rules.ts";

/** The addresses that came to a class by a rule: IPv4 addresses, and IPv6 networks of /48. */
export interface Decision {
  readonly classNumber: number;
  readonly rule: Rule;
  readonly ipv4: number;
  readonly ipv6: number;
}

/** By class, then in the order of `RULES`. */
export function tallyDecisions(
  rules4: RulesOfRows,
  rules6: RulesOfRows,
  { ipv4, ipv6 }: { readonly ipv4: Sightings; readonly ipv6: Sightings },
): readonly Decision[] {
  const weights = new Map<number, [ipv4: number, ipv6: number]>();
  const count = (rows: ClassWeights, rules: Uint8Array, family: 0 | 1) => {
    for (let row = 0; row < rows.count; row++) {
      if (rows.weight[row] === 0) continue;
      const key = rows.classNumber[row]! * RULES.length + rules[row]!;
      const known = weights.get(key);
      if (known === undefined) {
        weights.set(key, family === 0 ? [rows.weight[row]!, 0] : [0, rows.weight[row]!]);
      } else {
        known[family] += rows.weight[row]!;
      }
    }
  };
  count(ipv4.plain, rules4.plain, 0);
  count(ipv4.others, rules4.others, 0);
  count(ipv6.plain, rules6.plain, 1);
  count(ipv6.others, rules6.others, 1);
  return [...weights]
    .sort(([a], [b]) => a - b)
    .map(([key, [ofIpv4, ofIpv6]]) => ({
      classNumber: Math.floor(key / RULES.length),
      rule: RULES[key % RULES.length]!,
      ipv4: ofIpv4,
      ipv6: ofIpv6,
    }));
}
