/** A generation large enough that a process can be killed in the middle of it. */
import { type SealedArtifact, seal, textArtifact } from "../../src/emit/artifact.ts";

export function bulkyGeneration(
  number: number,
  lists = 200,
): {
  readonly id: string;
  readonly files: readonly SealedArtifact[];
} {
  const files = Array.from({ length: lists }, (_, index) =>
    seal(textArtifact(`lists/all/${index}`, `${number} ${index}\n`.repeat(20))),
  );
  files.push(seal(textArtifact("routes.mmdb", `${number} routes\n`.repeat(3000))));
  const manifest = seal(textArtifact("manifest.json", `${number}\n`));
  return {
    id: `20261122t000000z-${number.toString(16).padStart(8, "0")}`,
    files: [...files, manifest],
  };
}
