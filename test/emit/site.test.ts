import { describe, expect, it } from "vitest";
import { seal } from "../../src/emit/artifact.ts";
import { emitSite, type SiteToEmit } from "../../src/emit/site.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { plainMirror } from "../support/mirrors.ts";
import { sharedData } from "../support/shared.ts";
import { describeShared } from "../support/shared-suite.ts";
import { exampleNetwork, networkOf, siteOf } from "./site-network.ts";

const example = exampleNetwork();
const withMirrors = (...more: readonly PlacedMirror[]): SiteToEmit => ({
  ...example,
  mirrors: [...example.mirrors, ...more].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});
const pageOf = (network: SiteToEmit, path: string): string => siteOf(network).get(path) ?? "";

describe("emitSite", () => {
  const files = siteOf(example);

  it("has a page for each product, and for each version and architecture of its ISO images", () => {
    const paths = [...files.keys()];
    expect(paths).toEqual(
      expect.arrayContaining([
        "site/index.html",
        "site/kitten.html",
        "site/isos.html",
        "site/isos/x86_64/9.8.html",
        "site/isos/aarch64/8.10.html",
        "site/kitten/isos.html",
        "site/kitten/isos/aarch64/10-kitten.html",
        "site/mirrors.json",
        "site/style.css",
        "site/mirrors.js",
        "site/nearest.js",
      ]),
    );
    // Neither the vault's versions nor a page for each alias.
    expect(paths.filter((path) => /\/(?:9|9\.7|10\.2-beta)\.html$/.test(path))).toEqual([]);
    // Three versions with two, four and five architectures; and those of kitten, two.
    expect(paths.filter((path) => /\/isos\/\w+\//.test(path))).toHaveLength(13);
  });

  it("gives files that a generation may hold, the same bytes each time", () => {
    const sealed = () => emitSite(exampleNetwork()).map(seal);
    expect(sealed()).toEqual(sealed());
    expect(new Set(sealed().map(({ path }) => path)).size).toBe(files.size);
  });

  it("leads only to pages that there are", () => {
    const served = new Set(
      [...files.keys()].flatMap((path) => {
        const url = path.replace(/^site/, "").replace(/\/index\.html$/, "/");
        return [url, url.replace(/\.html$/, ""), path.replace(/^/, "/")];
      }),
    );
    for (const text of files.values()) {
      for (const [, url = ""] of text.matchAll(/(?:href|src)="(\/[^"?]*)/g)) {
        if (url.startsWith("/isolist/")) continue;
        expect(served).toContain(url);
      }
    }
  });

  it("loads nothing from elsewhere and has no script or style in a page", () => {
    for (const [path, text] of files) {
      if (!path.endsWith(".html")) continue;
      expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?! src="\/site\/[a-z]+\.js\?)/);
      expect(text).not.toMatch(/(?:src|<link[^>]*href)="(?!\/|data:)/);
    }
  });

  it("lists a mirror with ISO images under its country, at the images' folder", () => {
    const page = files.get("site/isos/x86_64/9.8.html") ?? "";
    const [, germany = ""] = /<h3>Germany<\/h3><ul>(.*?)<\/ul>/s.exec(page) ?? [];
    expect(germany).toContain(
      '<a href="http://ftp.mainhub.example/pub/examplix/9.8/isos/x86_64/">ftp.mainhub.example</a>',
    );
    expect(page).toContain('data-list="/isolist/9.8/x86_64"');
  });

  it("leaves mirrors without an ISO image out of its page, and says in the table what they have", () => {
    const lists = exampleNetwork();
    const partial = plainMirror("partial.example", { carries: { versions: ["9"], isos: false } });
    const network = {
      ...withMirrors(partial),
      listSets: {
        ...lists.listSets,
        sets: lists.listSets.sets.map((set) => ({
          ...set,
          urlOf: (mirror: Parameters<typeof set.urlOf>[0]) =>
            mirror.name === "partial.example" ? undefined : set.urlOf(mirror),
        })),
      },
    };
    expect(pageOf(network, "site/isos/x86_64/9.8.html")).not.toContain("partial.example");
    expect(pageOf(network, "site/index.html")).toContain("<td>only 9; no ISO images</td>");
  });

  it("says in the table what asking a mirror has shown that it lacks", () => {
    const lacks = (...keys: string[]) =>
      plainMirror("p.example", { carries: { lacks: new Set(keys) } });
    const page = (mirror: PlacedMirror) => pageOf(withMirrors(mirror), "site/index.html");
    expect(page(lacks("iso:9.8/x", "iso:10/x"))).toContain("<td>no ISO images</td>");
    expect(page(lacks("repo:9.8/b/x"))).toContain("<td>lacks 1 repository</td>");
    expect(page(lacks("repo:9.8/b/x", "repo:9.8/b/y", "iso:9.8/x"))).toContain(
      "<td>no ISO images; lacks 2 repositories</td>",
    );
  });

  it("names those that fail below the table, and why, and says nothing where nobody does", () => {
    const by = "probe";
    const failing = [{ name: "gone.example", reason: "asked, <b> & out", by }] as const;
    const page = pageOf({ ...withMirrors(), failing }, "site/index.html");
    expect(page).toContain(
      '<tr><th scope="row">gone.example</th><td>asked, &lt;b&gt; &amp; out</td></tr>',
    );
    expect(pageOf({ ...withMirrors(), failing }, "site/kitten.html")).not.toContain("gone.example");
    expect(pageOf(withMirrors(), "site/index.html")).not.toContain("Not offered");
  });

  it("has what a mirror's file says of it in the table", () => {
    const [row = ""] = /<tr[^>]*><th scope="row">mirror\.spreewolke\.example.*<\/tr>/.exec(
      files.get("site/index.html") ?? "",
    ) ?? [""];
    for (const part of [
      'data-in="EU"',
      '<a href="https://www.spreewolke.example/">Spreewolke Hosting</a>',
      "<td>Germany <small>Berlin</small></td>",
      '<a href="rsync://mirror.spreewolke.example/examplix/">rsync</a>',
      '<td data-sort="3600">1 h</td>',
      "<td>kitten</td>",
    ]) {
      expect(row).toContain(part);
    }
    expect(files.get("site/kitten.html")).toContain(
      '<a href="https://mirror.spreewolke.example/examplix-kitten/">https</a>',
    );
  });

  it("carries the attribution of the data on every page, with links", () => {
    for (const [path, text] of files) {
      if (!path.endsWith(".html")) continue;
      expect(text).toContain('IP Geolocation by DB-IP, <a href="https://db-ip.com">');
    }
    expect(files.get("site/mirrors.json")).toContain("IP Geolocation by DB-IP");
  });
});

describe("what strangers wrote", () => {
  const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e`;

  it("is text on every page, and no address but an honest one is a link", () => {
    const mirror = plainMirror("hostile.example", {
      sponsor: { name: HOSTILE, url: "javascript:alert(3)" },
      location: { country: "AT", subdivision: HOSTILE, city: HOSTILE },
      continent: "EU",
      urls: { http: "javascript:alert(4)//", https: 'https://a.example/" onclick="alert(5)/' },
      modules: new Map([["kitten", { http: "data:text/html,x" }]]),
    });
    const plain = siteOf(
      withMirrors({ ...mirror, sponsor: { name: "S" }, urls: {}, location: {} }),
    );
    for (const [path, text] of siteOf(withMirrors(mirror))) {
      if (!path.endsWith(".html")) continue;
      const tags = (page: string) => new Set(page.match(/<[a-z!/][^\s>]*/gi));
      expect(tags(text)).toEqual(tags(plain.get(path) ?? ""));
      expect(text).not.toMatch(/javascript:|data:text|onclick="/);
      expect(text).not.toContain("\u202e");
    }
    expect(pageOf(withMirrors(mirror), "site/index.html")).toContain("&lt;script&gt;alert(2)");
  });
});

/** Words by which a mirror could be known: none of them may be in a file. */
function tracesOf(mirror: PlacedMirror): readonly string[] {
  const urls = [mirror.urls, ...mirror.modules.values()].flatMap((all) => Object.values(all));
  const { name, sponsor, email } = mirror;
  return [name, ...urls, sponsor.name, sponsor.url, email].filter((text) => text !== undefined);
}

function expectNoLeak(network: SiteToEmit): void {
  const published = network.mirrors.filter(({ reach }) => reach === "public");
  const hidden = network.mirrors.filter(({ reach }) => reach !== "public");
  expect(hidden.length).toBeGreaterThan(3);
  // Parts of what public mirrors say of themselves, such as a sponsor of both kinds, are no leak.
  const open = published.flatMap(({ email: _, ...mirror }) => tracesOf(mirror));
  const secrets = hidden.flatMap(tracesOf).filter((text) => !open.some((o) => o.includes(text)));
  const emails = published.flatMap(({ email }) => email ?? []);
  expect(secrets.length).toBeGreaterThan(hidden.length);
  const asWords = (text: string) =>
    new RegExp(`(?<!\\w)${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?!\\w)`, "i");
  const patterns = [...secrets, ...emails].map(asWords);
  for (const [path, text] of siteOf(network)) {
    const found = patterns.filter((pattern) => pattern.test(text));
    expect({ path, found }).toEqual({ path, found: [] });
  }
}

describe("nothing of a mirror that is not public, and nobody's e-mail, is in any file", () => {
  it("of the example", () => expectNoLeak(example));

  it("as the check itself would notice", () => {
    const said = example.mirrors.find(({ reach }) => reach !== "public")?.sponsor.name ?? "";
    const plainly = plainMirror("a.example", { location: { country: "AT", city: `by ${said}!` } });
    expect(() => expectNoLeak(withMirrors(plainly))).toThrow("site/index.html");
  });
});

describeShared("the site of the 530 real mirrors", () => {
  const real = networkOf(sharedData("almalinux", "config.yml"));

  it("says nothing of mirrors that are not public", () => expectNoLeak(real));

  it("has every public mirror, in less than 300 kB", () => {
    const index = pageOf(real, "site/index.html");
    const rows = [...index.matchAll(/<tr[^>]*><th scope="row">([^<]*)/g)].map(([, name]) => name);
    const published = real.mirrors.filter(({ reach }) => reach === "public");
    expect(rows.toSorted()).toEqual(published.map(({ name }) => name));
    expect(Buffer.byteLength(index)).toBeLessThan(300_000);
  });
});
