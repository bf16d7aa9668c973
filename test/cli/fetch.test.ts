import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CommandContext } from "../../src/cli/context.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { type FetchCommand, type FetchWorld, fetch } from "../../src/cli/fetch.ts";
import { openFetchProgress } from "../../src/cli/fetch-progress.ts";
import { type FetchJson, renderFetch } from "../../src/cli/fetch-view.ts";
import { painter } from "../../src/cli/terminal.ts";
import { FETCH_LOCK_SCHEMA } from "../../src/model/fetch-lock.ts";
import type { FetchOutcome } from "../../src/refresh/fetch-task.ts";
import {
  ACCOUNT,
  type FakeMaxmind,
  SECRETS,
  startMaxmind,
  TEST_NET,
  tarGz,
  testSources,
} from "../fetch/services.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const ENV = { MAXMIND_ACCOUNT_ID: ACCOUNT.accountId, MAXMIND_LICENSE_KEY: ACCOUNT.licenseKey };

let folder: string;
let maxmind: FakeMaxmind;
let shown: string;
beforeAll(async () => {
  maxmind = await startMaxmind();
});
afterAll(() => maxmind.close());
beforeEach(async () => {
  shown = "";
  maxmind.before = {};
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-fetch-cli-"));
  mkdirSync(join(folder, "mirrors"));
  writeFileSync(
    join(folder, "config.yml"),
    "allowed_outdate: 12h\nmirrors_dir: mirrors\nversions: ['9']\nrepos: [{name: b, path: b/}]\n",
  );
  writeFileSync(join(folder, "mirrorpress.yml"), "fetch: {geoip: GeoLite2-City}\n");
  const database = testDatabase({
    ...{ ipVersion: 4, type: "GeoLite2-City", builtAt: Date.UTC(2026, 10, 20) / 1000 },
    networks: [["8.8.8.0/24", { country: { iso_code: "US" } }]],
  });
  maxmind.releases.set("GeoLite2-City", {
    archive: await tarGz({ "GeoLite2-City_20261120/GeoLite2-City.mmdb": database }),
    lastModified: new Date(Date.UTC(2026, 10, 20, 13)).toUTCString(),
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(
  command: Partial<FetchCommand> = {},
  { json = false, env = ENV }: { json?: boolean; env?: FetchWorld["env"] } = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const plain = painter(false);
  const context: CommandContext = {
    options: {
      configPath: join(folder, "config.yml"),
      ...{ json, builtAt: NOW / 1000, colour: false, quiet: false },
    },
    terminal: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...{ outPaint: plain, errPaint: plain, live: false, columns: 80 },
    },
    command: "mirrorpress",
    clock: () => 0,
  };
  const world: FetchWorld = {
    ...{ sources: testSources({ maxmind: maxmind.base }), net: TEST_NET, env },
    now: () => NOW,
    wait: async () => undefined,
  };
  try {
    const code = await fetch(context, { what: [], ...command }, world);
    return { code, out, err };
  } finally {
    shown += out + err;
  }
}

describe("mirrorpress fetch", () => {
  test("shows what is new, and what is not any more", async () => {
    const first = await run();
    expect(first).toMatchObject({ code: 0, err: "fetching GeoLite2-City ...\n" });
    expect(first.out).toMatch(
      /^source +file +size +of\nGeoLite2-City +geoip\/geolite2-city\.[0-9a-f]{8}\.mmdb +\d+ B +2026-11-20 +new\n$/,
    );
    expect((await run()).out).toMatch(/2026-11-20 +unchanged\n$/);
  });

  test("ends with 1 where the last good copy had to be kept, and says why and how old it is", async () => {
    await run();
    maxmind.before.door = (_request, response) => {
      response.writeHead(429).end();
      return true;
    };
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toMatch(
      /mmdb .* kept, 2 days old: the account has used up its downloads of the day\n/,
    );
    expect(out).toMatch(/\n\nhelp: GeoLite2-City: Keep data\/ between runs/);
  });

  test("ends with 1 where there is none", async () => {
    const { code, out } = await run({}, { env: {} });
    expect(code).toBe(1);
    expect(out).toMatch(/^GeoLite2-City +failed, and none is there: MAXMIND_ACCOUNT_ID and/m);
  });

  test("takes the names that MaxMind's own program has for the account", async () => {
    const env = {
      GEOIPUPDATE_ACCOUNT_ID: ` ${ACCOUNT.accountId}\n`,
      GEOIPUPDATE_LICENSE_KEY: ACCOUNT.licenseKey,
    };
    expect((await run({}, { env })).code).toBe(0);
  });

  test("says that it goes through no proxy, where one is set and nothing is reached", async () => {
    maxmind.before.door = (_request, response) => {
      response.destroy();
      return true;
    };
    const proxy = "http://user:pa55word@proxy.example:3128";
    const { out } = await run({}, { env: { ...ENV, https_proxy: proxy } });
    expect(out).toMatch(/help: GeoLite2-City: https_proxy is set, but nothing here goes through/);
    expect(out).not.toContain("pa55word");
    expect((await run()).out).not.toContain("proxy");
  });

  test("prints the same as JSON", async () => {
    const { out } = await run({}, { json: true });
    const json = JSON.parse(out) as FetchJson;
    expect(json.counts).toEqual({ new: 1, unchanged: 0, kept: 0, failed: 0, skipped: 0 });
    const lock = JSON.parse(readFileSync(join(folder, "data/lock.json"), "utf8"));
    expect(json.sources).toMatchObject([{ kind: "geoip", source: "GeoLite2-City", status: "new" }]);
    expect(json.sources[0]?.files).toEqual(lock.files);
  });

  test("prints the schema of the lock file, and brings nothing", async () => {
    const { out } = await run({ schema: true }, { env: {} });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(FETCH_LOCK_SCHEMA)));
  });

  test("proposes the name that was meant", async () => {
    await expect(run({ what: ["GeoLite2City"] })).rejects.toMatchObject({
      message: 'there is nothing to fetch by the name "GeoLite2City"',
      remedy: "perhaps you mean GeoLite2-City",
    });
    await expect(run({ what: ["everything"] })).rejects.toThrow(UsageError);
  });

  test("nothing secret is in any output or in the lock file, whatever fails", async () => {
    await run();
    await run({}, { json: true });
    const lock = readFileSync(join(folder, "data/lock.json"), "utf8");
    const faults: ((headers: { authorization?: string | undefined }) => string)[] = [
      ({ authorization }) => `who is ${authorization}?`,
      () =>
        `http://${ACCOUNT.accountId}:${ACCOUNT.licenseKey}@door.test/?key=${ACCOUNT.licenseKey}`,
      () => `see https://storage.test/x?X-Amz-Signature=5ecre75igna7ure`,
    ];
    for (const status of [400, 401, 403, 404, 429, 500]) {
      for (const fault of faults) {
        maxmind.before.door = ({ headers }, response) => {
          response.writeHead(status).end(fault(headers));
          return true;
        };
        expect((await run()).code).toBe(1);
        maxmind.before.door = ({ headers }, response) => {
          response.writeHead(302, { location: fault(headers).replace(/^\D*(?=http)/, "") }).end();
          return true;
        };
        expect((await run()).code).toBe(1);
      }
    }
    expect(shown).toContain("***");
    for (const secret of SECRETS) expect(shown + lock).not.toContain(secret);
  });
});

describe("renderFetch", () => {
  const outcome = (more: Partial<FetchOutcome>): FetchOutcome => ({
    ...{ kind: "subnets", name: "https://lists.example/a", status: "skipped", files: [] },
    ...more,
  });
  const render = (...outcomes: FetchOutcome[]) =>
    renderFetch(
      { outcomes, diagnostics: [], unknown: [] },
      { paint: painter(true), now: NOW / 1000 },
    );

  test("lets nobody steer the terminal", () => {
    const evil = "\u001b[2Jgone\u202e\r";
    const text = render(
      outcome({ name: `https://x/${evil}`, reason: evil, remedy: evil, status: "failed" }),
    );
    expect(stripVTControlCharacters(text).replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  });

  test("says once what helps several", () => {
    const remedy = "Check the disk.";
    const text = render(
      ...["a", "b"].map((name) => outcome({ name, status: "failed", reason: "full", remedy })),
      outcome({ name: "c", status: "failed", reason: "gone", remedy: "Look for it." }),
    );
    expect(stripVTControlCharacters(text)).toMatch(
      /\n\nhelp: a, b: Check the disk\.\nhelp: c: Look for it\.\n$/,
    );
  });

  test("says that there was nothing to do", () => {
    expect(render()).toMatch(/^nothing to fetch/);
  });

  test("keeps names short, and notes with what they are of", () => {
    const text = render(
      outcome({
        name: `https://lists.example/${"x".repeat(100)}`,
        status: "new",
        note: "2 entries",
      }),
    );
    expect(stripVTControlCharacters(text)).toMatch(
      /^lists\.example\/x+\.\.\. +new \(2 entries\)$/m,
    );
  });
});

describe("openFetchProgress", () => {
  function watch(live: boolean) {
    let text = "";
    let time = 0;
    const plain = painter(false);
    const terminal = {
      ...{ out: () => undefined, outPaint: plain, errPaint: plain, live, columns: 80 },
      err: (more: string) => {
        text += more;
      },
    };
    const { event, finish } = openFetchProgress(terminal, () => time);
    const at = (milliseconds: number) => {
      time = milliseconds;
      return event;
    };
    return { at, finish, said: () => text };
  }

  test("in a log, is a line for each source, and one now and then for what takes long", () => {
    const { at, said } = watch(false);
    at(0)({ kind: "plan", total: 2 });
    at(0)({ kind: "start", name: "a" });
    at(10)({ kind: "bytes", name: "a", done: 1000 });
    at(15_000)({ kind: "bytes", name: "a", done: 2_000_000, total: 4_000_000 });
    at(15_010)({ kind: "bytes", name: "a", done: 3_000_000, total: 4_000_000 });
    at(15_020)({ kind: "retry", name: "a", reason: "it is\u001b[2J cut", seconds: 2 });
    expect(said()).toMatch(
      /^fetching a \.\.\.\nfetching a {2}2\.0 MB of 4\.0 MB\nfetching a {2}again in 2 s: it is\P{Cc}* cut\n$/u,
    );
  });

  test("for a person, is one living line", () => {
    const { at, finish, said } = watch(true);
    at(0)({ kind: "plan", total: 2 });
    at(100)({ kind: "start", name: "a" });
    at(200)({ kind: "bytes", name: "a", done: 2_000_000, total: 4_000_000 });
    finish();
    const lines = stripVTControlCharacters(said()).split("\r");
    expect(lines).toContain("fetching  0 of 2  a  2.0 MB of 4.0 MB");
    expect(said()).not.toContain("\n");
  });
});
