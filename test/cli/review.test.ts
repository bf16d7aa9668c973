/** The command from a folder of mirror files to its report, over a small network and fake mirrors. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../../src/cli/context.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { type ReviewCommand, review } from "../../src/cli/review.ts";
import { painter } from "../../src/cli/terminal.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { type Behaviour, type FakeMirrors, startFakeMirrors } from "../support/fake-mirrors.ts";
import {
  BUILT_AT,
  mirrorFile,
  vienneseMirror,
  writeSmallNetwork,
} from "../support/small-network.ts";

const NOW = BUILT_AT * 1000;

let folder: string;
let mirrors: FakeMirrors;
let behaviours: Map<string, Behaviour>;
let configPath: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-review-"));
  behaviours = new Map([["control.example", "good"]]);
  mirrors = await startFakeMirrors(behaviours, () => NOW);
  configPath = writeSmallNetwork(join(folder, "base"), {
    files: {
      "mirrorpress.yml": `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
probe: {control: ["http://control.example:${mirrors.port}/"], isos: [], request_time: 2s}
`,
    },
  });
  cpSync(join(folder, "base", "mirrors"), join(folder, "new", "mirrors"), { recursive: true });
});
afterEach(async () => {
  await mirrors.close();
  rmSync(folder, { recursive: true });
});

function contribute(path: string, text: string): void {
  const file = join(folder, "new", "mirrors", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const viennese = (name: string, more?: string) => vienneseMirror(name, mirrors.port, more);

async function run(options: Partial<ReviewCommand> & { readonly json?: boolean } = {}) {
  const { json = false, ...typed } = options;
  let out = "";
  const context: CommandContext = {
    options: { configPath, json, builtAt: BUILT_AT, colour: false, quiet: false },
    terminal: {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      outPaint: painter(false),
      errPaint: painter(false),
      live: false,
      columns: 100,
    },
    command: "mirrorpress",
    clock: () => 0,
  };
  const command = { mirrors: join(folder, "new", "mirrors"), probe: false, ...typed };
  const world = { openNet: () => mirrors.net, now: () => NOW };
  return { code: await review(context, command, world), out };
}

interface Json {
  readonly files: readonly {
    readonly path: string;
    readonly kind: string;
    readonly isUsable: boolean;
    readonly diagnostics: readonly {
      readonly code: string;
      readonly file?: string;
      readonly args: Readonly<Record<string, string | number>>;
    }[];
    readonly effect?: { readonly ipv4: { readonly first: { readonly after: number } } };
    readonly placed?: { readonly by: string; readonly city?: string };
    readonly networks: readonly { readonly asn: number; readonly by: string }[];
    readonly answers: { readonly notAsked?: string; readonly checks?: object };
  }[];
  readonly diagnostics: readonly { readonly code: string }[];
  readonly noEffect?: string;
  readonly ipv4Clients?: { readonly clients: number; readonly first: number };
  readonly others?: readonly { readonly name: string }[];
  readonly probe?: object;
}

async function json(options: Partial<ReviewCommand> = {}) {
  const { out, code } = await run({ ...options, json: true });
  return { ...(JSON.parse(out) as Json), code };
}

describe("review", () => {
  it("says so when nothing differs", async () => {
    expect(await run()).toEqual({ code: 0, out: "No mirror file differs from the network's.\n" });
  });

  it("tells of a mirror that is added: valid, answering, placed, whom it serves, who loses", async () => {
    behaviours.set("wien.example", "good");
    contribute("europe/wien.example.yml", viennese("wien.example", "asn: 1853\n"));
    const { code, out } = await run({ probe: true });
    expect(code).toBe(0);
    expect(out).toContain("Mirror files: 1 added\nNothing is to be mended.\n");
    expect(out).toContain("mirrors/europe/wien.example.yml: added\n");
    expect(out).toMatch(/ {2}file +valid/);
    expect(out).toMatch(/ {2}answers +yes \(\d+ checks\)\n/);
    expect(out).toMatch(/ {2}placed +Vienna, Austria, 48\.21, 16\.37: by its city/);
    expect(out).toMatch(/ {2}network +AS1853 ACONET, Vienna, by its file\n/);
    expect(out).toMatch(
      / {2}effect +becomes first choice for \d+\.\d\d% of IPv4 in Austria, and for \S+ of IPv6 in Austria\n/,
    );
    expect(out).toMatch(/ {2}list sets +all\n/);
    expect(out).toMatch(
      /\nWith all of this, \d+\.\d\d% of IPv4 get another first mirror, and 100% another list\.\n/,
    );
    expect(out).toMatch(/These mirrors lose load\n.*\n {2}aconet\.example +\d/);
  });

  it("says which mirrors are near, and why one of two in a place is nobody's first choice", async () => {
    contribute("a.example.yml", viennese("a.example"));
    contribute("b.example.yml", viennese("b.example"));
    const { out } = await run();
    expect(out).toMatch(
      /near +b\.example in the same place, aconet\.example 1\.0 km, graz\.example 1\d\d km\n/,
    );
    expect(out).toMatch(
      /nobody: a\.example is in the same place, and comes before it by name\n(?![\s\S]*is in the same place)/,
    );
  });

  it("gives no false reason for one that nobody is sent to", async () => {
    contribute("a.example.yml", viennese("a.example"));
    contribute("b.example.yml", viennese("b.example", "private: true\n"));
    const { out } = await run();
    const [, report = ""] = out.split("mirrors/b.example.yml: added\n");
    expect(report).toMatch(/ {2}effect +is first choice for nobody\n +is in no list\n/);
  });

  it("does not round up what is next to nothing", async () => {
    const inside = "private: true\nsubnets: [193.171.1.0/29]\n";
    contribute("inside.example.yml", viennese("inside.example", inside));
    const { out } = await run();
    expect(out).toMatch(/ {2}effect +becomes first choice for under 0\.01% of IPv4 in Austria\n/);
    expect(out).toContain(" is in the lists of under 0.01% of IPv4\n");
    expect(out).toContain("No other mirror gains or loses as much as 0.01%.\n");
  });

  it("tells of a mirror that is removed whom it was first for, and not that nobody asked it", async () => {
    rmSync(join(folder, "new", "mirrors", "aconet.example.yml"));
    const { out } = await run();
    expect(out).toMatch(/ {2}effect +was first choice for \S+ of IPv4 in \w+, and for .* of IPv6/);
    expect(out).not.toMatch(/answers|placed/);
    expect(out).toMatch(/These mirrors gain load\n/);
  });

  it("tells of a mirror whose name is taken nothing that is the other's", async () => {
    contribute("z/tokyo.example.yml", viennese("tokyo.example"));
    const { out } = await run();
    expect(out).toContain("To be mended: mirrors/z/tokyo.example.yml (1 error).\n");
    expect(out).not.toMatch(/placed|near|effect/);
    const { files } = await json();
    expect(files[0]?.placed).toBeUndefined();
  });

  it("takes from others just what it gives to the new one", async () => {
    contribute("wien.example.yml", viennese("wien.example"));
    const { files, others, ipv4Clients } = await json();
    const shifts = others as unknown as readonly {
      readonly ipv4: { readonly before: number; readonly after: number };
    }[];
    const lost = shifts.reduce((sum, { ipv4 }) => sum + ipv4.before - ipv4.after, 0);
    expect(files[0]?.effect?.ipv4.first.after).toBeGreaterThan(0.1);
    expect(lost).toBeCloseTo(files[0]?.effect?.ipv4.first.after ?? 0, 12);
    // Whoever has another first mirror has the new one.
    const { clients, first } = ipv4Clients ?? { clients: 0, first: 0 };
    expect(first / clients).toBeCloseTo(lost, 12);
  });

  it("names what fails of a mirror and what to do, and ends with 1", async () => {
    behaviours.set("wien.example", "stale");
    contribute("wien.example.yml", viennese("wien.example"));
    const { code, out } = await run({ probe: true });
    expect(code).toBe(1);
    expect(out).toMatch(/ {2}answers +no \(/);
    expect(out).toMatch(/its copy is out of date.*See whether its updates run/);
  });

  it("does not excuse mirrors that fail together: they are often of one hand", async () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      contribute(`${name}.example.yml`, viennese(`${name}.example`));
    }
    const { code, out } = await run({ probe: true });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^To be mended: mirrors\/a\.example\.yml \(does not answer as it should\), .* and 1 more\.$/m,
    );
    expect(out).not.toContain("may not be its fault");
  });

  it("blames no mirror when our own network is suspect", async () => {
    behaviours.delete("control.example");
    contribute("wien.example.yml", viennese("wien.example"));
    const { code, out } = await run({ probe: true });
    expect(out).toContain("this may not be its fault");
    expect(out).toContain("whether mirrors answer is not known.\n");
    expect(code).toBe(0);
  });

  it("asks the mirrors that files add or change, and no other", async () => {
    behaviours.set("wien.example", "good").set("graz.example", "good");
    contribute("wien.example.yml", viennese("wien.example"));
    contribute("graz.example.yml", viennese("graz.example"));
    contribute("inside.example.yml", viennese("inside.example", "private: true\nasn: 57\n"));
    await run({ probe: true });
    const hosts = new Set(mirrors.asked.map((line) => line.split(" ")[0]));
    expect([...hosts].sort()).toEqual(["control.example", "graz.example", "wien.example"]);
  });

  it("asks nobody with --no-probe", async () => {
    contribute("wien.example.yml", viennese("wien.example"));
    await run({ probe: false });
    expect(mirrors.asked).toEqual([]);
  });

  it("tells changed, moved and removed files apart", async () => {
    const at = (path: string) => join(folder, "new", "mirrors", path);
    contribute("graz.example.yml", mirrorFile("graz.example", "geolocation: {country: DE}\n"));
    behaviours.set("tokyo.example", "good");
    writeFileSync(join(folder, "base", "mirrors", "tokyo.example.yml"), viennese("tokyo.example"));
    rmSync(at("tokyo.example.yml"));
    contribute("asia/tokyo.example.yml", viennese("tokyo.example"));
    rmSync(at("boston.example.yml"));
    const { files } = await json({ probe: true });
    expect(mirrors.asked.filter((line) => !line.startsWith("control."))).toEqual([]);
    expect(files[0]?.answers.notAsked).toBe("its file only moves");
    expect(files.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      "mirrors/asia/tokyo.example.yml moved",
      "mirrors/boston.example.yml removed",
      "mirrors/graz.example.yml changed",
    ]);
  });

  it("points at what is wrong as the repository names files, and ends with 1", async () => {
    contribute("wien.example.yml", viennese("wien.example", "subnets: [10.0.0.0/8]\n"));
    contribute("torn.example.yml", "name: [\n");
    const { code, files } = await json();
    expect(code).toBe(1);
    expect(files.map(({ path, isUsable }) => [path, isUsable])).toEqual([
      ["mirrors/torn.example.yml", false],
      ["mirrors/wien.example.yml", true],
    ]);
    for (const { path, diagnostics } of files) {
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(diagnostics.every(({ file }) => file === path)).toBe(true);
    }
    const { out } = await run({ github: true });
    expect(out).toMatch(/^::error file=mirrors\/torn\.example\.yml,line=2,/m);
  });

  it("says nothing of what was wrong with the network before", async () => {
    writeFileSync(join(folder, "base", "mirrors", "old.yml"), "name: [\n");
    contribute("old.yml", "name: [\n");
    contribute("wien.example.yml", viennese("wien.example"));
    const { code, files, diagnostics } = await json();
    expect([code, files.length, diagnostics.length]).toEqual([0, 1, 0]);
  });

  it("says which file has the name already, be it the earlier or the later one", async () => {
    contribute("a/graz.example.yml", viennese("graz.example"));
    contribute("z/tokyo.example.yml", viennese("tokyo.example"));
    const { files, code } = await json();
    const codes = files.map(({ path, diagnostics }) => {
      return [path, diagnostics.map((each) => each.code).includes("duplicate-name")];
    });
    expect(codes).toEqual([
      ["mirrors/a/graz.example.yml", true],
      ["mirrors/z/tokyo.example.yml", true],
    ]);
    expect(files[1]?.answers.notAsked).toBe("another file has its name");
    const told = files.flatMap(({ diagnostics }) => diagnostics);
    const firsts = told.flatMap((each) => each.args["firstPath"] ?? []);
    expect(firsts).toEqual(["mirrors/a/graz.example.yml", "mirrors/tokyo.example.yml"]);
    expect(code).toBe(1);
  });

  it("takes an ASN from the mirror's addresses, and says so", async () => {
    behaviours.set("wien.example", "good");
    contribute("wien.example.yml", viennese("wien.example", "asn: 1853\n"));
    const { files, probe } = await json({ probe: true });
    expect(Object.keys(probe ?? {}).sort()).toEqual(["control", "endedAt", "suspect"]);
    // The fake mirrors are at 127.0.0.1, which is in nobody's network.
    expect(files[0]?.networks).toEqual([{ asn: 1853, holder: "ACONET, Vienna", by: "file" }]);
  });

  it("tells all but the effect where no database is to be had", async () => {
    writeFileSync(join(folder, "base", "mirrorpress.yml"), "geoip: {city: none.mmdb}\n");
    contribute("wien.example.yml", viennese("wien.example"));
    const { files, noEffect, others } = await json();
    expect(noEffect).toContain("none.mmdb");
    expect([files[0]?.isUsable, files[0]?.effect, others]).toEqual([true, undefined, undefined]);
  });

  it("says when a list would be empty", async () => {
    rmSync(join(folder, "new", "mirrors"), { recursive: true });
    contribute("campus.example.yml", viennese("campus.example", "private: true\nasn: 57\n"));
    const { code, diagnostics } = await json();
    expect(diagnostics.map((each) => each.code)).toContain("empty-list");
    expect(code).toBe(1);
  });

  it("reads nothing but mirror files of a contribution", async () => {
    writeFileSync(join(folder, "new", "config.yml"), "mirrors_dir: [\n");
    writeFileSync(join(folder, "new", "mirrors", "config.txt"), "x");
    contribute("mirrorpress.json", "{}");
    expect((await json()).files).toEqual([]);
  });

  it("adds the report as Markdown to a file, after what is there", async () => {
    const file = join(folder, "summary.md");
    writeFileSync(file, "before\n");
    contribute("wien.example.yml", viennese("wien.example"));
    const { out } = await run({ markdown: true, report: file });
    expect(readFileSync(file, "utf8")).toBe(`before\n${out}`);
    expect(out).toMatch(
      /^## Mirror files: 1 added\n\nNothing is to be mended\.\n\n### `mirrors\/wien\.example\.yml`: added\n/,
    );
  });

  it("is in one form", async () => {
    await expect(run({ markdown: true, json: true })).rejects.toThrow(UsageError);
    await expect(run({ markdown: true, github: true })).rejects.toThrow(UsageError);
  });
});

describe("review of a hostile contribution", () => {
  const HOSTILE = `x | y \`z\` <img src=x onerror=alert(1)> @octocat https://evil.example #1 ::error::`;

  it("has nothing of its text as markup, a link or a mention", async () => {
    const sponsor = JSON.stringify(`${HOSTILE}\n::set-output name=a::b\n\n# h\u202e\u001b[31m`);
    contribute(
      "wien.example.yml",
      viennese("wien.example", "private: maybe\n").replace("Example", sponsor),
    );
    contribute("@octocat <b> `x` | ::error::.yml", viennese("other.example"));
    const { out } = await run({ markdown: true });
    // What is left when code spans and blocks are taken away is ours.
    const ours = out.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "").replace(/`[^`\n]*`/g, "");
    expect(ours).not.toMatch(/[<>@`\\]|https?:|::|\p{Cc}(?<!\n)|\u202e/u);
    expect(out.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(4);
    expect(out.split("\n").filter((line) => line.startsWith("::"))).toEqual([]);
  });

  it("has no line of its text be a command to a runner but annotations", async () => {
    contribute("a\n::stop-commands::x.yml", "name: [\n");
    contribute("wien.example.yml", `name: "a\\n::error::b"\n${HOSTILE}: 1\n`);
    const { out } = await run({ github: true });
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => /^::(?:error|warning|notice) [^\n]*title=/.test(line))).toBe(true);
    expect(out).not.toMatch(/^::(?:stop|set)/m);
  });

  it("steers no terminal", async () => {
    contribute("a\u001b[2J.yml", `name: "\\u001b[31m"\n`);
    expect((await run()).out).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("follows no link out of the folder, and not when the folder is one", async () => {
    writeFileSync(join(folder, "secret.yml"), "name: secret-of-the-server\n");
    symlinkSync(join(folder, "secret.yml"), join(folder, "new", "mirrors", "link.yml"));
    const { out } = await run();
    expect(out).not.toContain("secret-of-the-server");
    expect(out).toContain("mirrors/link.yml: added\n");
    expect(out).toContain("it is a link to outside the mirrors' folder");
    symlinkSync(join(folder, "new", "mirrors"), join(folder, "linked"));
    await expect(run({ mirrors: join(folder, "linked") })).rejects.toThrow(EnvironmentError);
    await expect(run({ mirrors: join(folder, "none") })).rejects.toThrow(EnvironmentError);
  });

  it("reads no file that is too large, and no more files than anybody reviews", async () => {
    contribute("large.yml", `name: a\n#${"x".repeat(70_000)}\n`);
    const { files, code } = await json();
    expect(files[0]?.diagnostics.map((each) => each.code)).toEqual(["file-too-large"]);
    expect(code).toBe(1);
    contribute("huge.yml", "#".repeat(65 * 1024 * 1024));
    await expect(run()).rejects.toThrow(/more than anybody reviews/);
  });

  it("cannot make the report too large for the page that it is on", async () => {
    for (let number = 0; number < 400; number++) {
      const keys = Array.from({ length: 40 }, (_, key) => `k${key}: ${"x".repeat(80)}\n`).join("");
      contribute(`m${number}.yml`, `name: m${number}.example\n${keys}`);
    }
    const { out } = await run({ markdown: true });
    expect(Buffer.byteLength(out)).toBeLessThan(1_000_000);
    expect(out).toMatch(/^And \d+ more files, for which there is no room here\.$/m);
  }, 60_000);

  it("does not crowd out what others sent in with one file's faults", async () => {
    const keys = Array.from({ length: 3000 }, (_, key) => `k${key}: 1\n`).join("");
    contribute("a.example.yml", `${viennese("a.example", "private: maybe\n")}${keys}`);
    contribute("wien.example.yml", viennese("wien.example"));
    const { out } = await run({ markdown: true });
    expect(Buffer.byteLength(out)).toBeLessThan(50_000);
    expect(out).toMatch(/^And [\d,]+ more\.$/m);
    expect(out).toContain("error[");
    expect(out).toContain("### `mirrors/wien.example.yml`: added\n");
  });

  it("stops where the network itself cannot be read", async () => {
    writeFileSync(configPath, "versions: [\n");
    await expect(run()).rejects.toThrow(InputError);
    expect(existsSync(join(folder, "state"))).toBe(false);
  });
});
