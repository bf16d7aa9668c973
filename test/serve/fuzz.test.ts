/**
 * Whatever is asked, nginx answers with a list, a document of that address, or a sentence: never
 * with a failure, another file, or what it was sent. A harness that would not see a fault is worth
 * nothing, so faults are planted as well.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SealedArtifact } from "../../src/emit/artifact.ts";
import { isoPaths, mirrorlistPaths } from "../../src/model/routing.ts";
import { type RunningNginx, startNginx } from "../../src/publish/nginx.ts";
import { seededRandom } from "../support/random.ts";
import { bodyOf } from "./expected.ts";
import { ECHO, fuzzRequest } from "./fuzz-requests.ts";
import { hasNginx, publish } from "./mounted-nginx.ts";
import { askAll, type RawAnswer, type RawRequest } from "./pipeline.ts";
import { smallGeneration } from "./small-generation.ts";
import { CONFIG } from "./small-network.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_122);

describe.skipIf(!hasNginx())("fuzzing nginx", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  const current = join(root, "current", "nginx");
  const generation = smallGeneration({ root, trustedProxies: ["127.0.0.0/8"] });
  const allowed = allowedBodies(generation.files);
  beforeAll(() => publish({ root, trustedProxies: ["127.0.0.0/8"] }));
  afterAll(() => rmSync(root, { recursive: true }));

  const start = (change: (server: string) => string): Promise<RunningNginx> =>
    startNginx({
      http: `include ${join(current, "http.conf")};`,
      server: change(readFileSync(join(current, "server.conf"), "utf8")),
    });

  it("finds no fault in 100,000 requests", async () => {
    const nginx = await start((server) => server);
    try {
      const counts = await fuzz(nginx, { seed: SEED, count: 100_000, allowed });
      // That all was refused would be no finding.
      for (const status of [200, 304, 400, 404, 405, 412]) {
        expect(counts.get(status), `answers of status ${status}`).toBeGreaterThan(100);
      }
      expect(counts.get(200)).toBeGreaterThan(30_000);
      expect(counts.get(0) ?? 0).toBeLessThan(2000);
    } finally {
      await nginx.stop();
    }
  }, 60_000);

  it.each([
    [
      "a raw parameter in a path",
      [
        ['if ($mp_list = "") {', 'if ($mp_edition = "") {'],
        ["try_files /lists/$mp_list =500", "try_files /lists/$arg_country /lists/$mp_list =404"],
      ],
    ],
    [
      "a page by its raw name",
      [
        ['if ($mp_page = "") {', "if ($mp_page = x) {"],
        ["try_files /site/$mp_page =404", "try_files /site/$mp_page $uri =404"],
      ],
    ],
    ["an echo", [["return 404 $mp_refusal", 'return 404 "no $arg_arch"']]],
    [
      "a failure",
      [['if ($mp_list = "") {', 'if ($arg_country = XX) { return 500; }\nif ($mp_list = "") {']],
    ],
    ["a list that is not filled in", [['"{path}" $mp_path;', '"{paht}" $mp_path;']]],
    ["a file of another kind", [["try_files /site/mirrors.json", "try_files /manifest.json"]]],
  ])("finds %s", async (_what, changes) => {
    const nginx = await start((server) =>
      changes.reduce((text, [here = "", there = ""]) => {
        expect(text).toContain(here);
        return text.replace(here, () => there);
      }, server),
    );
    try {
      await expect(fuzz(nginx, { seed: SEED, count: 10_000, allowed })).rejects.toThrow("seed");
    } finally {
      await nginx.stop();
    }
  });
});

interface Fuzzing {
  readonly seed: number;
  readonly count: number;
  readonly allowed: ReadonlySet<string>;
}

/** How many answers of each status. Throws at a fault, with what it takes to see it again. */
async function fuzz(
  nginx: RunningNginx,
  { seed, count, allowed }: Fuzzing,
): Promise<ReadonlyMap<number, number>> {
  const random = seededRandom(seed);
  const counts = new Map<number, number>();
  for (let done = 0; done < count; done += BATCH) {
    const requests = Array.from({ length: Math.min(BATCH, count - done) }, () =>
      fuzzRequest(random),
    );
    const answers = await askAll(nginx.port, requests);
    for (const [index, answer] of answers.entries()) {
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
      const request = requests[index] as RawRequest;
      const fault = faultOf(request, answer, allowed);
      if (fault === undefined) continue;
      const seen = JSON.stringify({ request: request.text, answer });
      throw new Error(`${fault}: request ${done + index} of seed ${seed}: ${seen.slice(0, 3000)}`);
    }
  }
  const logged = nginx.errorLog().match(/.*\[(?:crit|alert|emerg)\].*/g);
  if (logged !== null) throw new Error(`seed ${seed} logged ${logged.join("\n")}`);
  return counts;
}

const BATCH = 10_000;

function faultOf(
  { text }: RawRequest,
  { status, head, body }: RawAnswer,
  allowed: ReadonlySet<string>,
): string | undefined {
  if (status >= 500) return "a failure";
  if ((head + body).includes(ECHO)) return "an echo";
  if (status === 0) return body === "" || isKnown(body, allowed) ? undefined : "an unknown text";
  if (!KNOWN_STATUSES.has(status)) return "a status that has no business here";
  if (body === "") {
    return /^HEAD /.test(text) || status === 304 ? undefined : "an empty answer";
  }
  if (status !== 200) return SENTENCE.test(body) ? undefined : "no sentence";
  return isKnown(body, allowed) ? undefined : "an unknown text";
}

const KNOWN_STATUSES = new Set([200, 304, 400, 404, 405, 412]);
const SENTENCE = /^(?:There is no|That |No mirror|Invalid input for|This |What this )/;
const WHOAMI =
  /^\{"address":"[0-9a-f.:]+","network":(?:null|"[0-9a-f.:]+\/\d+"),"country":(?:null|"[A-Z]{2}"),"asn":(?:null|\d+),"list":"[0-9a-f]{12}","generation":"[0-9a-z-]+"\}\n$/;

function isKnown(body: string, allowed: ReadonlySet<string>): boolean {
  return allowed.has(body) || WHOAMI.test(body) || SENTENCE.test(body);
}

/** Every list with every path filled in, and every document that has an address of its own. */
function allowedBodies(files: readonly SealedArtifact[]): ReadonlySet<string> {
  const texts = (folder: string) =>
    files
      .filter(({ path }) => path.startsWith(folder))
      .map(({ bytes }) => Buffer.from(bytes).toString());
  const bodies = new Set([...texts("site/"), ...texts("near/")]);
  const repositories = mirrorlistPaths(CONFIG).flatMap(({ path, architectures }) =>
    [...architectures, "$basearch"].map((arch) => path.replace("$basearch", arch)),
  );
  for (const list of texts("lists/")) {
    const urls = list
      .split("\n")
      .flatMap((line) => (line === "" ? [] : line.replace("{path}", "")));
    for (const path of repositories) bodies.add(bodyOf("mirrorlist", urls, path));
    for (const { path } of isoPaths(CONFIG)) bodies.add(bodyOf("isolist", urls, path));
  }
  return bodies;
}
