/** What a client can ask a mirror for: a repository or the ISO images, of a version, for an architecture. */
import type { NetworkConfig } from "./config.ts";
import { isoPaths, mirrorlistPaths } from "./routing.ts";

export interface Question {
  readonly module?: string;
  /** A folder on the mirrors: "9.8", "10-kitten". */
  readonly directory: string;
  /** A repository's name; absent for the ISO images. */
  readonly repo?: string;
  /** A client that does not say its own is taken for one of the first of the repository's. */
  readonly arch: string | undefined;
}

/** All that config.yml has, but for what the vault alone has; in its order, aliases included. */
export function questionsOf(config: NetworkConfig): readonly Question[] {
  const ofRepositories = mirrorlistPaths(config)
    .filter(({ vault }) => !vault)
    .flatMap((path): readonly Question[] => {
      const { architectures } = path;
      const asked = architectures.length > 0 ? architectures : [undefined];
      return asked.map((arch) => ({ ...path, arch }));
    });
  const ofIsos = isoPaths(config).filter(({ vault }) => !vault);
  return [...ofRepositories, ...ofIsos];
}
