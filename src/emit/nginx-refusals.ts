/** What is said where there is nothing to answer with: whole sentences that name what is valid. */
import {
  type AnswerGroup,
  type Edition,
  groupedBy,
  ISO_IMAGES,
  type RepositoryTable,
  sortedEntries,
  type Tables,
} from "./nginx-tables.ts";
import { nginxLine, nginxMap } from "./nginx-text.ts";

/**
 * Maps that give `$mirrorpress_refusal`. The first thing that there is not decides; when all of them
 * are there, it is the country that is not. No word of the request is in an answer.
 */
export function refusalMaps({ editions, tables, groups }: Tables): string {
  const versions = sortedEntries(
    new Map(editions.flatMap((edition) => edition.versions.map((version) => [version, edition]))),
  ).map(([version]) => version);
  return [
    decide("$mirrorpress_edition", "$mirrorpress_refusal", {
      absent: nginxLine(
        sentence(
          "There is no such version. Ask for /mirrorlist/<version>/<repository> or /isolist/<version>/<architecture>, the version being",
          versions,
        ),
      ),
      otherwise: "$mirrorpress_refusal_of_group",
    }),
    decide("$mirrorpress_group", "$mirrorpress_refusal_of_group", {
      absent: "$mirrorpress_no_repository",
      otherwise: "$mirrorpress_refusal_of_scope",
    }),
    nginxMap("$mirrorpress_table", "$mirrorpress_no_repository", [
      'default "";',
      ...tables.map((table) => `"${table.number}" ${nginxLine(noRepository(table))};`),
    ]),
    decide("$mirrorpress_scope", "$mirrorpress_refusal_of_scope", {
      absent: "$mirrorpress_no_architecture",
      otherwise: "$mirrorpress_refusal_of_set",
    }),
    nginxMap("$mirrorpress_group", "$mirrorpress_no_architecture", [
      'default "";',
      ...groups.map((group) => `"${group.number}" ${nginxLine(noArchitecture(group))};`),
    ]),
    decide("$mirrorpress_set", "$mirrorpress_refusal_of_set", {
      absent: nginxLine("No mirror offers this by that protocol. Ask without a protocol."),
      otherwise: nginxLine("Invalid input for country, valid options are 2 letter country codes"),
    }),
  ].join("\n");
}

function decide(
  source: string,
  target: string,
  { absent, otherwise }: { readonly absent: string; readonly otherwise: string },
): string {
  return nginxMap(source, target, [`"" ${absent};`, `default ${otherwise};`]);
}

function noRepository(table: RepositoryTable): string {
  const repositories = repositoriesOf(table);
  return repositories.length === 0
    ? "That version has ISO images alone."
    : sentence(
        "That version has no such repository, or no ISO images. Its repositories are",
        repositories,
      );
}

function noArchitecture({ answers }: AnswerGroup): string {
  const architectures = [...answers.keys()].filter((arch) => arch !== "");
  return architectures.length === 0
    ? "That is not there for any architecture by name. Ask without one."
    : sentence("That is not there for this architecture. It is for", architectures);
}

/** "…: 8, 8.10, 9.", cut where nginx would not take so long a text. */
function sentence(beginning: string, names: readonly string[]): string {
  let shown = "";
  for (const [index, name] of names.entries()) {
    if (shown.length + name.length > MAX_SHOWN) {
      return `${beginning}: ${shown} and ${names.length - index} more.`;
    }
    shown += index === 0 ? name : `, ${name}`;
  }
  return `${beginning}: ${shown}.`;
}

const MAX_SHOWN = 3000;

/** Served with status 404 for addresses of another form: all versions and repositories. */
export function notFoundText(editions: readonly Edition[]): string {
  const byTable = groupedBy(
    editions.filter(({ table }) => repositoriesOf(table).length > 0),
    ({ table }) => table,
  );
  return [
    "There is no such mirror list. The address is /mirrorlist/<version>/<repository>.\n",
    ...Array.from(byTable, ([table, alike]) => {
      const versions = alike.flatMap((edition) => edition.versions);
      return `Version ${versions.join(", ")}:\n  ${repositoriesOf(table).join(" ")}\n`;
    }),
  ].join("\n");
}

function repositoriesOf({ groups }: RepositoryTable): string[] {
  return [...groups.keys()].filter((repo) => repo !== ISO_IMAGES);
}
