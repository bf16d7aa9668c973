import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { type BuildCommand, build } from "../../src/cli/build.ts";
import type { CommandContext } from "../../src/cli/context.ts";
import { type DiffCommand, diff } from "../../src/cli/diff.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { painter } from "../../src/cli/terminal.ts";
import type { NetworkDiff } from "../../src/compare/diff.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

let folder: string;
let ids: string[];
let configPath: string;

const GONE = mirrorFile("graz.example", "disabled: {reason: away}\n");
const NEW = mirrorFile(
  "linz.example",
  "geolocation: {country: AT}\ncoordinates: {latitude: 48.3, longitude: 14.29}\n",
);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-cli-diff-"));
  ids = [];
  for (const [number, files] of [
    {},
    { "mirrors/graz.example.yml": GONE, "mirrors/linz.example.yml": NEW },
  ].entries()) {
    configPath = writeSmallNetwork(folder, { files });
    const options = { configPath, builtAt: BUILT_AT + number, version: "0.1.0", clock: () => 0 };
    const { generation } = await buildNetwork(options, () => {});
    ids.push(generation.id);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function contextOf(json: boolean, config = configPath) {
  const written = { out: "", err: "" };
  const context: CommandContext = {
    options: { configPath: config, json, builtAt: BUILT_AT + 60, colour: false, quiet: false },
    terminal: {
      out: (text) => {
        written.out += text;
      },
      err: (text) => {
        written.err += text;
      },
      outPaint: painter(false),
      errPaint: painter(false),
      live: false,
      columns: 80,
    },
    command: "mirrorpress",
    clock: () => 0,
  };
  return { context, written };
}

async function said(asked: DiffCommand): Promise<string> {
  const { context, written } = contextOf(false);
  expect(await diff(context, asked)).toBe(0);
  return written.out;
}

async function found(asked: DiffCommand): Promise<NetworkDiff> {
  const { context, written } = contextOf(true);
  expect(await diff(context, asked)).toBe(0);
  return JSON.parse(written.out) as NetworkDiff;
}

describe("diff", () => {
  it("tells what clients notice, of the current generation and the one before it", async () => {
    expect(
      (await said({})).replace(/^Inputs\n[\s\S]*/m, "Inputs\n"),
    ).toBe(`From ${ids[0]} of 2026-11-22 11:40:00 UTC to ${ids[1]} of 2026-11-22 11:40:01 UTC

Mirrors in lists: 7 before, 7 now
  gone  graz.example
  new   linz.example

Clients
                           IPv4    IPv6
  another first mirror   12.39%      0%
  another list             100%    100%
  of                    264,448  65,536
  IPv4 in addresses, IPv6 in announced networks of /48: all whose place or network is known.

List sets
             mirrors  now  IPv4 first  list  IPv6 first  list
  all              7    7      12.39%  100%          0%  100%
  all-https        7    7      12.39%  100%          0%  100%

Gains of first choices: 1 mirror
                    IPv4     now  IPv6   now  countries
  aconet.example  24.78%  37.17%  100%  100%          1

Losses of first choices: 1 mirror
                         IPv4  now  IPv6  now  countries
  graz.example (gone)  12.39%   0%    0%   0%     1 to 0

Countries most affected
                    IPv4 first  list  IPv6 first  list
  AT Austria            25.00%  100%          0%  100%
  US United States          0%  100%           -     -
  NL Netherlands            0%  100%           -     -
  JP Japan                  0%  100%           -     -

Inputs
`);
  });

  it("says the same as Markdown, with what contributors wrote in code", async () => {
    const text = await said({ markdown: true });
    expect(text).toContain("## From `");
    expect(text).toContain("| gone | `graz.example` |");
    expect(text).toContain("| new | `linz.example` |");
    expect(text).toContain("| `graz.example` (gone) | 12.39% | 0% |");
    expect(text).toContain("| AT Austria | 25.00% | 100% |");
  });

  it("gives the figures as JSON", async () => {
    const { before, after, mirrors, sets } = await found({});
    expect([before.id, after.id]).toEqual(ids);
    expect(mirrors).toEqual({
      before: 7,
      after: 7,
      added: ["linz.example"],
      removed: ["graz.example"],
    });
    expect(sets.map(({ name }) => name)).toEqual(["all", "all-https"]);
  });

  it("takes ids and folders, in either order of time", async () => {
    const { before, after } = await found({ old: ids[1], new: ids[0] });
    expect([before.id, after.id]).toEqual([ids[1], ids[0]]);
    const byFolder = await found({
      old: join(folder, "output", "generations", ids[0]!),
      new: join(folder, "output"),
    });
    expect([byFolder.before.id, byFolder.after.id]).toEqual(ids);
  });

  it("takes the beginning of an id where that is of one alone", async () => {
    const [before, after] = ids.map((id) => id.slice(0, -4)) as [string, string];
    const { before: old, after: now } = await found({ old: before, new: after });
    expect([old.id, now.id]).toEqual(ids);
  });

  it("says that nothing changed", async () => {
    expect(await said({ old: ids[1] })).toContain("\n\nNo client gets another list.\n");
  });

  it("tells of the list set that is asked for", async () => {
    const { written, context } = contextOf(false);
    const asked = diff(context, { listSet: "none" });
    await expect(asked).rejects.toThrow('there is no list set "none" in both');
    expect(written.out).toBe("");
    expect(await said({ listSet: "all-https" })).toContain("Gains of first choices: 1 mirror");
  });

  it("ends well where there is nothing to compare with yet", async () => {
    const first = writeSmallNetwork(join(folder, "first"));
    const options = { configPath: first, builtAt: BUILT_AT, version: "0.1.0", clock: () => 0 };
    const { generation } = await buildNetwork(options, () => {});
    const { written, context } = contextOf(false, first);
    expect(await diff(context, {})).toBe(0);
    expect(written.out).toBe(
      `There is no generation before ${generation.id} to compare it with.\n`,
    );
    const asJson = contextOf(true, first);
    expect(await diff(asJson.context, {})).toBe(0);
    expect(JSON.parse(asJson.written.out)).toEqual({ before: null, after: generation.id });
  });

  it("says where there is no generation at all", async () => {
    const empty = writeSmallNetwork(join(folder, "empty"));
    await expect(diff(contextOf(false, empty).context, {})).rejects.toMatchObject({
      message: "there is no generation yet",
      doing: expect.stringMatching(/^looking for one in .*output$/),
    });
  });

  it("says what is not there", async () => {
    const { context } = contextOf(false);
    await expect(diff(context, { old: "20200101t000000z-00000000" })).rejects.toThrow(
      EnvironmentError,
    );
    await expect(diff(context, { old: folder })).rejects.toThrow("no folder of one");
  });
});

describe("diff --set and --without", () => {
  it("compares with what would be, and writes nothing", async () => {
    const before = readFileSync(configPath, "utf8");
    const text = await said({
      set: ["policy.length=3", "policy.on_net_minimum=3"],
      without: ["tokyo.example"],
    });
    expect(text).toContain(
      `From ${ids[1]} to what it would be with policy.length=3, policy.on_net_minimum=3, no tokyo.example\n`,
    );
    expect(text).toMatch(/^ {2}gone +tokyo\.example$/m);
    expect(text).toMatch(/^ {2}without a mirror now +JP Japan$/m);
    expect(text).toContain("Lists that are shorter");
    expect(readFileSync(configPath, "utf8")).toBe(before);
    const { sets } = await found({ set: ["policy.name=service-2026"] });
    expect(sets[0]!.ipv4.list).toBeGreaterThan(0);
  });

  it("takes keys of config.yml, lists and items of lists", async () => {
    const { dropped, added } = await found({ set: ["arches.9=[x86_64, aarch64]"] });
    expect(dropped).toEqual([]);
    expect(added).toContain("repo:9.8/baseos/aarch64");
    expect(await said({ set: ["arches.9=[x86_64, aarch64]"] })).toMatch(
      /^List sets\n {2}All \d+ are as before\.$/m,
    );
    const same = await found({ set: ["geoip.asn.0=asn.csv", "allowed_outdate=1h"] });
    expect(same.sets[0]!.ipv4.list).toBe(0);
  });

  it("takes away keys and items of lists, which then are as if nobody had written them", async () => {
    const without6 = await said({ set: ["geoip.city.1="] });
    expect(without6).toContain(`From ${ids[1]} to what it would be with no geoip.city.1\n`);
    expect(without6).toMatch(/^ {2}city +city6.mmdb +\S+ +-$/m);
    const same = await found({ set: ["allowed_outdate="] });
    expect(same.sets[0]!.ipv4.list).toBe(0);
  });

  it("compares with the network as it is where nothing is published", async () => {
    const fresh = writeSmallNetwork(join(folder, "fresh"));
    const { written, context } = contextOf(false, fresh);
    expect(await diff(context, { without: ["graz.example"] })).toBe(0);
    expect(written.out).toContain(
      "From the network as it is to what it would be with no graz.example\n",
    );
    expect(written.out).toContain("  gone  graz.example\n");
  });

  it("counts the same IPv6 clients, changed or not, where the ASN data knows IPv4 alone", async () => {
    const files = { "asn.csv": '193.170.0.0,193.170.127.255,1853,"ACONET"\n' };
    const ipv4Only = writeSmallNetwork(join(folder, "ipv4-only"), { files });
    const changeOf = async (set: string) => {
      const { written, context } = contextOf(true, ipv4Only);
      expect(await diff(context, { set: [set] })).toBe(0);
      const { ipv6, sets } = JSON.parse(written.out) as NetworkDiff;
      return { ipv6, ...sets[0]!.ipv6 };
    };
    const unchanged = await changeOf("serve.root=/srv/elsewhere");
    const changed = await changeOf("policy.length=1");
    expect(unchanged).toMatchObject({ ipv6: "located", list: 0 });
    expect(changed.list).toBeGreaterThan(0);
    expect(changed.clients).toBe(unchanged.clients);
    expect(changed.clients).toBeGreaterThan(0);
  });

  it.each([
    ["allowed_outdate=soon", "bad-duration"],
    ["policy.length=none", "bad-number"],
    ["policy.name=blog-2020", "unknown-policy"],
    ["policy=[", "yaml-syntax"],
  ])("refuses %s by the same words as in a file: %s", async (set, code) => {
    const { context } = contextOf(false);
    const outcome = await diff(context, { set: [set] }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(InputError);
    const { diagnostics } = outcome as InputError;
    expect(diagnostics.map((each) => each.code)).toContain(code);
    const { file, range } = diagnostics.find((each) => each.code === code)!;
    const [key] = set.split("=") as [string];
    const line = file!.text.slice(file!.text.lastIndexOf("\n", range!.start - 1) + 1);
    expect(line.startsWith(`${key}: `)).toBe(true);
  });

  it.each([
    ["foo=5", 'there is no setting "foo"', /^there are config_version, .*, keep_generations$/],
    [
      "allowed_outdat=1h",
      'there is no setting "allowed_outdat"',
      "perhaps you mean allowed_outdate",
    ],
    ["polcy.length=5", 'there is no setting "polcy"', "perhaps you mean policy"],
    ["contact=me", 'there is no setting "contact"', '"contact" belongs under probe:'],
    ["policy.lenght=5", 'there is no "lenght" in policy', "perhaps you mean length"],
    ["policy={lenght: 5}", 'there is no "lenght" in policy', "perhaps you mean length"],
    ["repos.0.foo=5", 'there is no "foo" in', /^there are name, /],
  ])("knows no %s, and says so before it reads a database", async (set, message, remedy) => {
    const unread = writeSmallNetwork(join(folder, "unread"), { files: { "city4.mmdb": "" } });
    const outcome = await diff(contextOf(false, unread).context, { set: [set] }).catch(
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(UsageError);
    expect((outcome as UsageError).message).toContain(message);
    expect((outcome as UsageError).remedy).toMatch(remedy);
  });

  /** Of a run at noon: by mirror, for how many hours its content was not updated. */
  function probed(ages: Readonly<Record<string, number>>): string {
    const probedAt = BUILT_AT - 600;
    const checkOf = (hours: number) => ({
      ...{ good: true, since: probedAt - 86_400, against: 0, reason: "ok", at: probedAt },
      updatedAt: probedAt - hours * 3600,
    });
    const mirrors = Object.entries(ages).map(([name, hours]) => [
      `${name}.example`,
      {
        addresses: { ipv4: ["192.0.2.1"], ipv6: [] },
        checks: { "http/ipv4": checkOf(hours), "https/ipv4": checkOf(hours) },
        repositories: 1,
      },
    ]);
    const allowed = { allowedOutdateSeconds: 12 * 3600, mirrors: Object.fromEntries(mirrors) };
    return JSON.stringify({ format: 1, probedAt, ...allowed });
  }

  it("takes those mirrors away that are older than another allowed_outdate, and no others", async () => {
    const state = probed({ amsterdam: 0.5, aconet: 1, boston: 2, graz: 0.9, tokyo: 13 });
    const asked = writeSmallNetwork(join(folder, "asked"), {
      files: { "state/probe.json": state },
    });
    const changeOf = async (set: string) => {
      const { written, context } = contextOf(true, asked);
      expect(await diff(context, { set: [set] })).toBe(0);
      const { added, removed } = (JSON.parse(written.out) as NetworkDiff).mirrors;
      return { added, removed, err: written.err.replace(/^.* \.\.\.\n/gm, "") };
    };
    // Until now what was held counted: tokyo.example was good when it was asked.
    const all = { added: [], err: "" };
    expect(await changeOf("allowed_outdate=12h")).toEqual({ ...all, removed: [] });
    expect(await changeOf("allowed_outdate=1h")).toEqual({
      ...all,
      removed: ["boston.example", "tokyo.example"],
    });
    expect(await changeOf("allowed_outdate=13h")).toEqual({ ...all, removed: [] });
    expect(await changeOf("allowed_outdate=55m")).toEqual({
      ...all,
      removed: ["aconet.example", "boston.example", "tokyo.example"],
    });
  });

  it("says that nothing is known of ages where mirrors were not asked for them", async () => {
    const { written, context } = contextOf(false);
    expect(await diff(context, { set: ["allowed_outdate=1h"] })).toBe(0);
    expect(written.err).toMatch(/^allowed_outdate changes nothing here: .* mirrorpress probe /m);
    const other = contextOf(false);
    expect(await diff(other.context, { set: ["policy.length=3"] })).toBe(0);
    expect(other.written.err).not.toContain("allowed_outdate");
  });

  it.each([
    [{ set: ["policy"] }, '--set "policy" sets nothing'],
    [{ set: ["policy..name=x"] }, "sets nothing"],
    [{ set: ["mirrors_dir=other"] }, "another folder of mirrors"],
    [{ set: ["allowed_outdate.hours=1"] }, "a single value and has no hours"],
    [{ set: ["geoip.city.7=x"] }, "a list of 2 and has no 7"],
    [{ set: ["geoip.city.7="] }, "a list of 2 and has no 7"],
    [{ set: ["policy.length="] }, "there is no policy to take away"],
    [{ set: ["allowed_outdate.hours="] }, "there is no hours to take away"],
    [{ old: "2026" }, '"2026" is the beginning of 2 generations'],
    [{ without: ["tokio.example"] }, 'there is no mirror "tokio.example"'],
    [{ without: ["tokyo.example"], old: "a", new: "b" }, "make the second generation"],
  ])("says what %j cannot mean", async (asked, message) => {
    const { context } = contextOf(false);
    const outcome = await diff(context, asked).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(UsageError);
    expect((outcome as UsageError).message).toContain(message);
  });
});

describe("build", () => {
  /** Most mirrors are gone, and one is back. */
  const MOST = ["amsterdam", "aconet", "boston", "linz"].map((name) => [
    `mirrors/${name}.example.yml`,
    mirrorFile(`${name}.example`, "disabled: {reason: away}\n"),
  ]);

  async function built(typed: BuildCommand, json = false) {
    const config = writeSmallNetwork(folder, { files: Object.fromEntries(MOST) });
    const { written, context } = contextOf(json, config);
    return { code: await build(context, { canary: false, ...typed }), out: written.out };
  }

  it("ends with 3 where a gate refuses, with the findings and both ways on", async () => {
    const { code, out } = await built({});
    expect(code).toBe(3);
    const [, digest] = /--accept ([0-9a-f]{16})/.exec(out)!;
    const again = `mirrorpress build --config ${configPath}`;
    expect(out.split("\n").slice(0, 4)).toEqual([
      `Not published in place of ${ids[1]}`,
      "",
      "  refused by lists",
      "    found  lists (and another list set): 131,072 IPv4 addresses in US had 4 mirrors and would have 1",
    ]);
    expect(out).toContain("\n\n  held by mirrors\n");
    expect(out).toContain("    limit  held from 10% on, refused from 25% on\n");
    expect(out).toContain("    check  ");
    const ways = out.slice(out.indexOf("stays current")).trimEnd().split("\n");
    expect(ways.map((line) => line.trim().replace(/ {2,}/g, "  "))).toEqual([
      "stays current. Two ways on:",
      `mend what is wrong  and run ${again} again`,
      `${again} --accept ${digest}  publishes just this, in place of just that`,
    ]);
    const { gates, published } = JSON.parse((await built({}, true)).out);
    expect([published, gates.against, gates.digest]).toEqual([false, ids[1], digest]);
    expect(gates.findings[0]).toMatchObject({ gate: "lists", verdict: "refuse" });
  });

  it("refuses a digest that is none", async () => {
    await expect(built({ accept: "yes" })).rejects.toThrow('--accept "yes" is not a digest');
  });

  it("publishes what is accepted, and says what that was", async () => {
    const [, digest] = /--accept ([0-9a-f]{16})/.exec((await built({})).out)!;
    const dry = await built({ accept: digest!, dryRun: true });
    expect(dry.code).toBe(0);
    expect(dry.out).toContain("Not published, as asked for: ");
    const { code, out } = await built({ accept: digest! });
    expect(code).toBe(0);
    expect(out).toContain("Accepted\n  refused by lists\n");
    expect(out).toMatch(
      /changes +mirrors: 1 came, 4 went; .*% of IPv4 and .*% of IPv6 have another/,
    );
  });
});
