/** `probe:` of mirrorpress.yml: what is asked of mirrors, how patiently, and what follows. */
import { parseAddress } from "../ip/address.ts";
import { type Field, type Fields, type Reading, readFields, report } from "./fields.ts";
import { parseBaseUrl } from "./url.ts";
import {
  numberOr,
  readChoiceOr,
  readDuration,
  readScalar,
  readScalars,
  readText,
  shorten,
} from "./values.ts";

/** How a file says when its tree was last updated. */
export const TIME_FORMATS = ["unix", "rfc2822", "repomd"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

export interface ProbeSettings {
  /** The file of results, relative to the folder of mirrorpress.yml. */
  readonly state: string;
  readonly freshness: {
    /** Relative to a mirror's base URL. */
    readonly file: string;
    readonly format: TimeFormat;
  };
  /** Files of the full ISO set, in `<version>/isos/<arch>/`; {version} and {arch} are filled in. */
  readonly isos: readonly string[];
  /** Bad results in a row before a mirror is left out. */
  readonly failures: number;
  /** Good results in a row before it is back. */
  readonly successes: number;
  /** Seconds: results that follow each other faster than this count as one of a row. */
  readonly spacingSeconds: number;
  /** URLs of others that answer when our own network is in order. */
  readonly control: readonly string[];
  /** Whom the operator of a mirror can ask about the requests: a URL or an address of mail. */
  readonly contact?: string;
  /** Addresses of name servers; none for those of the system. */
  readonly resolvers: readonly string[];
  /** Seconds: for one request, for all about one mirror, for the run. */
  readonly requestSeconds: number;
  readonly mirrorSeconds: number;
  readonly runSeconds: number;
  /** Mirrors at a time. */
  readonly concurrency: number;
  /** Requests to one address at a time. */
  readonly perHost: number;
}

export const defaultProbeSettings: ProbeSettings = {
  state: "state/probe.json",
  freshness: { file: "TIME", format: "unix" },
  isos: ["CHECKSUM"],
  failures: 2,
  successes: 2,
  // A server that starts anew is back by then, and a job that runs every hour is not slowed down.
  spacingSeconds: 1800,
  control: [
    "http://connectivitycheck.gstatic.com/generate_204",
    "http://detectportal.firefox.com/success.txt",
  ],
  resolvers: [],
  requestSeconds: 10,
  mirrorSeconds: 120,
  runSeconds: 1200,
  concurrency: 50,
  perHost: 4,
};

const KEYS = [
  "state",
  "freshness",
  "isos",
  "failures",
  "successes",
  "spacing",
  "control",
  "contact",
  "resolvers",
  "request_time",
  "mirror_time",
  "run_time",
  "concurrency",
  "per_host",
] as const;

/** What is wrong is reported and has its default. */
export function readProbe(reading: Reading, field: Field | undefined): ProbeSettings {
  const defaults = defaultProbeSettings;
  const fields = field && readFields(reading, field.value, { what: "probe", keys: KEYS });
  if (!fields) return defaults;
  const count = (key: (typeof KEYS)[number], most: number, otherwise: number) =>
    numberOr(reading, fields.get(key), { least: 1, most, whole: true }, otherwise);
  const seconds = (key: (typeof KEYS)[number], otherwise: number) => {
    const written = fields.get(key);
    return (written && readDuration(reading, written)?.seconds) ?? otherwise;
  };
  const contact = textOf(reading, fields, "contact");
  return {
    state: textOf(reading, fields, "state") ?? defaults.state,
    freshness: readFreshness(reading, fields.get("freshness")),
    isos: readIsos(reading, fields.get("isos")),
    failures: count("failures", 100, defaults.failures),
    successes: count("successes", 100, defaults.successes),
    spacingSeconds: seconds("spacing", defaults.spacingSeconds),
    control: readControl(reading, fields.get("control")),
    ...(contact !== undefined && { contact }),
    resolvers: readResolvers(reading, fields.get("resolvers")),
    requestSeconds: seconds("request_time", defaults.requestSeconds),
    mirrorSeconds: seconds("mirror_time", defaults.mirrorSeconds),
    runSeconds: seconds("run_time", defaults.runSeconds),
    concurrency: count("concurrency", 1000, defaults.concurrency),
    perHost: count("per_host", 32, defaults.perHost),
  };
}

function textOf(
  reading: Reading,
  fields: Fields<(typeof KEYS)[number]>,
  key: (typeof KEYS)[number],
): string | undefined {
  const field = fields.get(key);
  return field && readText(reading, field);
}

function readFreshness(reading: Reading, field: Field | undefined): ProbeSettings["freshness"] {
  const defaults = defaultProbeSettings.freshness;
  const fields =
    field && readFields(reading, field.value, { what: "freshness", keys: ["file", "format"] });
  if (!fields) return defaults;
  const file = fields.get("file");
  return {
    file: (file && readFilePath(reading, file, /^$/)) ?? defaults.file,
    format: readChoiceOr(reading, fields.get("format"), TIME_FORMATS, defaults.format),
  };
}

function readIsos(reading: Reading, field: Field | undefined): readonly string[] {
  if (!field) return defaultProbeSettings.isos;
  return readScalars(reading, field).flatMap((scalar) => {
    const item = { key: field.key, value: scalar, range: scalar.range };
    return readFilePath(reading, item, /\{(?:version|arch)\}/g) ?? [];
  });
}

/** A path below a base URL, of plain characters; what matches `tokens` may stand in it. */
function readFilePath(reading: Reading, field: Field, tokens: RegExp): string | undefined {
  const scalar = readScalar(reading, field.value, field.key);
  const text = scalar?.text.trim();
  if (!scalar || text === undefined) return undefined;
  if (/^[A-Za-z0-9_][\w.+~-]*(?:\/[\w+~-][\w.+~-]*)*$/.test(text.replace(tokens, "x"))) return text;
  report(reading, "bad-file-path", scalar.range, { key: field.key, text: shorten(text) });
  return undefined;
}

function readControl(reading: Reading, field: Field | undefined): readonly string[] {
  if (!field) return defaultProbeSettings.control;
  return readScalars(reading, field).flatMap((scalar) => {
    const text = scalar.text.trim();
    const protocol = text.startsWith("https:") ? "https" : "http";
    const parsed = parseBaseUrl(text, protocol);
    if ("url" in parsed) return text;
    const args = { text: shorten(text), scheme: protocol, reason: "it cannot be asked" };
    report(reading, "bad-url", scalar.range, args);
    return [];
  });
}

function readResolvers(reading: Reading, field: Field | undefined): readonly string[] {
  if (!field) return [];
  return readScalars(reading, field).flatMap((scalar) => {
    const text = scalar.text.trim();
    if (isServer(text)) return text;
    report(reading, "bad-resolver", scalar.range, { text: shorten(text) });
    return [];
  });
}

/** "9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:5353" */
function isServer(text: string): boolean {
  const [, bracketed, plain, port = "53"] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? plain ?? text);
  if (address === null || Number(port) < 1 || Number(port) > 65_535) return false;
  return bracketed === undefined || address.family === 6;
}
