/** Why mirrors are not in lists any more, as far as a build knows. */
import type { Inputs } from "./inputs/inputs.ts";
import { PROBE_REASONS } from "./model/probe-reasons.ts";

/**
 * Of a mirror that asking it has put out, wholly or of a list set, what is wrong with it; else the
 * reason that it was left out for. Undefined for one whose file is gone. Equal causes are equal texts.
 */
export function causesOf({
  probe,
  leftOut,
}: Pick<Inputs, "probe" | "leftOut">): (mirror: string) => string | undefined {
  const reasons = new Map(leftOut.map(({ name, reason }) => [name, reason]));
  return (mirror) => {
    const known = probe && Object.hasOwn(probe.mirrors, mirror) ? probe.mirrors[mirror] : undefined;
    const failed = Object.values(known?.checks ?? {}).find(({ good }) => !good);
    return failed ? PROBE_REASONS[failed.reason].text : reasons.get(mirror);
  };
}
