/** What must hold in the morning of every night, whatever happened in it. */
import { CITIES, type City } from "./geography.ts";
import { FAILURES, INNER_MIRRORS, SUCCESSES } from "./network.ts";
import { INTRUDER, INTRUDER_SUBNET, MARKUP } from "./pull-requests.ts";
import type { PublishedOutput } from "./reading.ts";

export interface Morning {
  readonly output: PublishedOutput | null;
  /** The id of the morning before. */
  readonly idBefore: string | undefined;
  readonly health: Health;
}

/**
 * For so many nights in a row has a mirror surely been good, or bad, over a protocol: those nights
 * only in which a run counted and what followed from it was published.
 */
export interface Health {
  readonly of: (
    mirror: string,
    protocol: "http" | "https",
  ) => { good: number; bad: number } | undefined;
  readonly mirrors: readonly string[];
}

export interface Broken {
  /** One sentence. */
  readonly what: string;
  /** That a mirror is listed, or is not, which what is published has to follow. */
  readonly isOfMirror: boolean;
}

export function brokenInvariants({ output, idBefore, health }: Morning): readonly Broken[] {
  if (output === null) {
    const what = "nothing is published any more";
    return idBefore === undefined ? [] : [{ what, isOfMirror: false }];
  }
  const isOlder = idBefore !== undefined && output.id < idBefore;
  const always = [
    ...(isOlder ? [`${output.id} is older than ${idBefore}`] : []),
    ...output.faults.map((fault) => `torn: ${fault}`),
    ...emptyLists(output),
    ...leaks(output),
    ...lostInside(output),
    ...intruders(output),
  ];
  return [
    ...always.map((what) => ({ what, isOfMirror: false })),
    ...deadOrMissing(health, output).map((what) => ({ what, isOfMirror: true })),
  ];
}

function emptyLists(output: PublishedOutput): readonly string[] {
  const empty = (what: string, id: string) => {
    const list = output.lists.get(id);
    return list && list.length > 0 ? [] : [`the list of ${what}, ${id}, is empty or missing`];
  };
  return [
    ...[...output.countries].flatMap(([country, id]) => empty(country, id)),
    ...[...output.continents].flatMap(([continent, id]) => empty(continent, id)),
    ...[...output.unknown].flatMap(([set, ids]) =>
      ids.flatMap((id) => empty(`nowhere (${set})`, id)),
    ),
    ...CLIENTS.flatMap((address) => {
      const lists = output.listsOf(address);
      if (!lists.has("all")) return [`${address} gets no list`];
      return [...lists].flatMap(([set, ids]) =>
        ids.flatMap((id) => empty(`${address} (${set})`, id)),
      );
    }),
    ...(output.countries.size < 240
      ? [`there are lists for ${output.countries.size} countries`]
      : []),
  ];
}

/** An address in every city, in both families; none of an inner mirror's networks. */
const CLIENTS: readonly string[] = CITIES.flatMap(({ ipv4, ipv6 }) => [
  clientIn(ipv4),
  ipv6.replace("::/32", ":9999::1"),
]);

function clientIn(ipv4: string): string {
  return ipv4.replace(/\.0\.0\/12$/, ".9.9");
}

/** No private mirror is offered by place, nor to anybody outside its networks, nor shown to all. */
function leaks(output: PublishedOutput): readonly string[] {
  const byPlace = [
    ...output.countries.values(),
    ...output.continents.values(),
    ...[...output.unknown.values()].flat(),
  ];
  const outside = CLIENTS.flatMap((address) => [...output.listsOf(address).values()].flat());
  const leaking = [...new Set([...byPlace, ...outside])].flatMap((id) =>
    (output.lists.get(id) ?? [])
      .filter((url) => INNER_MIRRORS.some(({ name }) => hostOf(url) === name))
      .map((url) => `the list ${id} offers ${url} to those outside`),
  );
  const shown = [...output.files]
    .filter(([path]) => path.startsWith("site/"))
    .flatMap(([path, bytes]) => {
      const text = bytes.toString("utf8");
      const named = INNER_MIRRORS.filter(({ name }) => text.includes(name));
      return named.map(({ name }) => `${path} shows ${name}`);
    });
  return [...leaking, ...shown];
}

/** Each of them is what the clients of its own network get. */
function lostInside({ lists, listsOf }: PublishedOutput): readonly string[] {
  return INNER_MIRRORS.flatMap(({ name, networks }) =>
    networks.flatMap((network) => {
      const address = network.replace(/\.0\/\d+$/, ".9");
      const found = (listsOf(address).get("all") ?? []).map((id) => lists.get(id) ?? []);
      const isFirst = found.length > 0 && found.every(([first = ""]) => hostOf(first) === name);
      return isFirst ? [] : [`${address} is not sent to ${name}, which is there for it`];
    }),
  );
}

/** What the pull requests try to bring about. */
function intruders(output: PublishedOutput): readonly string[] {
  const texts = [...output.files].filter(([path]) => /\.(?:html|conf|js)$/.test(path));
  const written = texts.flatMap(([path, bytes]) => {
    const text = bytes.toString("utf8");
    return [
      ...(text.includes(MARKUP) ? [`${path} has markup of a mirror's file`] : []),
      ...(text.includes("\u202e") ? [`${path} turns the direction of writing`] : []),
      ...(path.endsWith(".conf") && text.includes("intruder")
        ? [`${path} has contributed text`]
        : []),
    ];
  });
  const twice = [...output.lists].flatMap(([id, list]) =>
    new Set(list.map(hostOf)).size < list.length ? [`list ${id} has a host twice`] : [],
  );
  return [...written, ...twice, ...CITIES.flatMap((city) => takenOver(city, output))];
}

/**
 * By place the intruder is as good as any: in the Netherlands, and behind a country's own mirrors
 * elsewhere; so it is in a network that it may claim.
 */
function takenOver({ country, ipv4 }: City, output: PublishedOutput): readonly string[] {
  const address = clientIn(ipv4);
  const isOffered = country === "NL" || address.startsWith(INTRUDER_SUBNET);
  const isOfCountry = (url: string) => hostOf(url).endsWith(`.${country.toLowerCase()}.example`);
  return [...output.listsOf(address)].flatMap(([set, ids]) =>
    ids.flatMap((id) => {
      const list = output.lists.get(id) ?? [];
      const isFirst = hostOf(list[0] ?? "") === INTRUDER;
      return [
        ...(isFirst && !isOffered && list.some(isOfCountry)
          ? [`${INTRUDER} is first at ${address} (${set})`]
          : []),
        ...(list.length < 2 ? [`${address} gets ${list.length} mirror (${set})`] : []),
      ];
    }),
  );
}

function deadOrMissing(health: Health, output: PublishedOutput): readonly string[] {
  const listed = new Set<string>();
  const hosts = new Set<string>();
  for (const list of output.lists.values()) {
    for (const url of list) {
      listed.add(`${url.slice(0, url.indexOf(":"))} ${hostOf(url)}`);
      hosts.add(hostOf(url));
    }
  }
  return health.mirrors.flatMap((mirror) => {
    const found: string[] = [];
    let longestGood = 0;
    for (const protocol of ["http", "https"] as const) {
      const nights = health.of(mirror, protocol);
      if (nights === undefined) continue;
      longestGood = Math.max(longestGood, nights.good);
      if (nights.bad > FAILURES + 1 && listed.has(`${protocol} ${mirror}`)) {
        found.push(`${mirror} is listed with ${protocol}, dead for ${nights.bad} counted nights`);
      }
    }
    if (longestGood > SUCCESSES + 1 && !hosts.has(mirror)) {
      found.push(`${mirror} is missing, back for ${longestGood} counted nights`);
    }
    return found;
  });
}

function hostOf(url: string): string {
  return /^https?:\/\/([^/:]+)/.exec(url)?.[1] ?? "";
}
