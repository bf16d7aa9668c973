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
 * Maps that give `$mp_refusal`. The first thing that there is not decides; when all of them
 * are there, it is the country that is not, or that no mirror may serve. `countryList` is the variable
 * with a list of every country that there is. No word of the request is in an answer.
 */
export function refusalMaps(
  { editions, tables, groups }: Tables,
  countryList: string | undefined,
): string {
  const versions = sortedEntries(
    new Map(editions.flatMap((edition) => edition.versions.map((version) => [version, edition]))),
  ).map(([version]) => version);
  return [
    decide("$mp_edition", "$mp_refusal", {
      absent: nginxLine(
        sentence(
          "There is no such version. Ask for /mirrorlist/<version>/<repository> or /isolist/<version>/<architecture>, the version being",
          versions,
        ),
      ),
      otherwise: "$mp_refusal_2",
    }),
    decide("$mp_group", "$mp_refusal_2", {
      absent: "$mp_no_repo",
      otherwise: "$mp_refusal_3",
    }),
    nginxMap("$mp_table", "$mp_no_repo", [
      'default "";',
      ...tables.map((table) => `"${table.number}" ${nginxLine(noRepository(table))};`),
    ]),
    decide("$mp_scope", "$mp_refusal_3", {
      absent: "$mp_no_arch",
      otherwise: "$mp_refusal_4",
    }),
    nginxMap("$mp_group", "$mp_no_arch", [
      'default "";',
      ...groups.map((group) => `"${group.number}" ${nginxLine(noArchitecture(group))};`),
    ]),
    decide("$mp_set", "$mp_refusal_4", {
      absent: nginxLine("No mirror offers this by that protocol. Ask without a protocol."),
      otherwise: "$mp_refusal_5",
    }),
    decide("$arg_country", "$mp_refusal_5", {
      absent: nginxLine("No mirror that has this may be used from where you are."),
      otherwise: "$mp_refusal_6",
    }),
    decide(countryList ?? '""', "$mp_refusal_6", {
      absent: nginxLine("Invalid input for country, valid options are 2 letter country codes"),
      otherwise: nginxLine("No mirror that has this may be used in that country."),
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
