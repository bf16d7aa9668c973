import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emitSite, type SiteToEmit } from "../../src/emit/site.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { exampleNetwork, siteOf } from "../emit/site-network.ts";
import { plainMirror } from "../support/mirrors.ts";
import { hasChromium, openBrowser } from "./browser.ts";
import { type SiteServer, serveSite } from "./site-server.ts";

const example = exampleNetwork();

/** All that a stranger could write where text is free, and an address that is none. */
const SCRIPT = `"><img src=/x onerror="window.harmed=1"><script>window.harmed=2</script>`;
const HOSTILE: PlacedMirror = plainMirror("hostile.example", {
  sponsor: { name: SCRIPT, url: "javascript:window.harmed=3" },
  location: { country: "AT", city: `${SCRIPT}\u202e` },
  continent: "EU",
  urls: { http: "http://hostile.example/", https: "javascript:window.harmed=4//" },
});
const network: SiteToEmit = {
  ...example,
  mirrors: [...example.mirrors, HOSTILE].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
};
const publicNames = network.mirrors
  .filter(({ reach }) => reach === "public")
  .map(({ name }) => name);
const ISO_PAGE = "/isos/x86_64/9.8.html";
const PAGES = ["/", "/kitten", "/isos", ISO_PAGE, "/kitten/isos", "/kitten/isos/x86_64/10-kitten"];

interface Visit {
  readonly path: string;
  readonly script?: boolean;
}

const DESKTOP = { width: 1280, height: 900 };

describe.skipIf(!hasChromium())("in a browser", () => {
  let browser: Browser;
  let server: SiteServer;
  let withScript: BrowserContext;
  let withoutScript: BrowserContext;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), serveSite(siteOf(network))]);
    withScript = await browser.newContext({ viewport: DESKTOP });
    withoutScript = await browser.newContext({ viewport: DESKTOP, javaScriptEnabled: false });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  const nearest = ["https://near.example/9.8/isos/x86_64/", "http://far.example/9.8/isos/x86_64/"];
  beforeEach(() => {
    server.isolist = { status: 200, body: JSON.stringify(nearest) };
  });

  /** Opens a page, and holds it to loading what it needs from its origin and nothing else. */
  async function visit(
    { path, script = true }: Visit,
    look: (page: Page) => Promise<void>,
    expectedErrors: readonly RegExp[] = [],
  ): Promise<void> {
    const page = await (script ? withScript : withoutScript).newPage();
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("dialog", (dialog) => void errors.push(dialog.message()));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${server.origin}/`) && !url.startsWith("data:")) errors.push(url);
    });
    try {
      const answer = await page.goto(server.origin + path);
      expect(answer?.status()).toBe(200);
      await look(page);
      expect(errors).toHaveLength(expectedErrors.length);
      for (const [i, pattern] of expectedErrors.entries()) expect(errors[i]).toMatch(pattern);
    } finally {
      await page.close();
    }
  }

  const namesIn = (page: Page) => page.locator("#mirrors tbody tr:visible th").allTextContents();

  describe("the table of mirrors", () => {
    it("has a row for each public mirror, by country", () =>
      visit({ path: "/" }, async (page) => {
        expect((await namesIn(page)).toSorted()).toEqual(publicNames);
        const countries = await page.locator("#mirrors tbody td:nth-of-type(2)").allTextContents();
        expect(countries[0]).toMatch(/^Antarctica|^Argentina/);
        expect(
          await page.getByRole("columnheader", { name: "Country" }).getAttribute("aria-sort"),
        ).toBe("ascending");
      }));

    it("sorts by each column, one way and the other, and says so", () =>
      visit({ path: "/" }, async (page) => {
        const header = page.getByRole("columnheader", { name: "Mirror" });
        await header.getByRole("button").click();
        expect(await namesIn(page)).toEqual(publicNames);
        expect(await header.getAttribute("aria-sort")).toBe("ascending");
        await header.getByRole("button").click();
        expect(await namesIn(page)).toEqual(publicNames.toReversed());
        expect(await header.getAttribute("aria-sort")).toBe("descending");

        await page.getByRole("button", { name: "Updated every" }).focus();
        await page.keyboard.press("Enter");
        expect(await page.locator("th[aria-sort]").count()).toBe(1);
        const ages = await page
          .locator("#mirrors tbody td:nth-of-type(4)")
          .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-sort")));
        const known = ages.filter((age) => age !== null).map(Number);
        expect(known).toEqual(known.toSorted((a, b) => a - b));
        // Those of which nothing is known come last, in both directions.
        expect(ages.indexOf(null)).toBe(known.length);
        await page.keyboard.press("Enter");
        expect(
          await page.locator("#mirrors tbody tr").last().locator("td").nth(3).textContent(),
        ).toBe("");
      }));

    it("shows the rows that fit what is asked for, and counts them", () =>
      visit({ path: "/" }, async (page) => {
        const count = page.getByRole("status");
        expect(await count.textContent()).toBe(`${publicNames.length} mirrors`);
        await page.getByRole("searchbox", { name: "Search" }).fill("  GERMANY berlin ");
        expect(await namesIn(page)).toEqual(["mirror.spreewolke.example"]);
        expect(await count.textContent()).toBe(`1 of ${publicNames.length} mirrors`);
        await page.getByRole("searchbox").fill("no such mirror");
        expect(await namesIn(page)).toEqual([]);

        await page.getByRole("searchbox").fill("");
        await page.getByRole("combobox", { name: "Continent" }).selectOption("Oceania");
        const oceania = network.mirrors.filter((m) => m.continent === "OC").map(({ name }) => name);
        expect((await namesIn(page)).toSorted()).toEqual(oceania);
        await page.getByRole("combobox", { name: "Continent" }).selectOption("All");
        await page.getByRole("combobox", { name: "Offers" }).selectOption("kitten");
        const kitten = network.mirrors.filter(
          (m) => m.modules.has("kitten") && m.reach === "public",
        );
        expect((await namesIn(page)).toSorted()).toEqual(kitten.map(({ name }) => name));
      }));

    it("finds a name however its accents are written", () =>
      visit({ path: "/" }, async (page) => {
        const { name, city } = exampleWithAccent();
        const plain = city.normalize("NFD").replace(/\p{M}/gu, "");
        expect(plain).not.toBe(city);
        for (const written of [plain, city, city.normalize("NFD")]) {
          await page.getByRole("searchbox").fill(written);
          expect(await namesIn(page)).toContain(name);
        }
      }));
  });

  describe("the nearest mirrors of an ISO image", () => {
    const shown = (page: Page) => page.locator("#nearest li").allTextContents();

    it("are listed in their order, as links", () =>
      visit({ path: ISO_PAGE }, async (page) => {
        await page.locator("#nearest ol").waitFor();
        expect(await shown(page)).toEqual(nearest);
        const links = page.locator("#nearest a");
        expect(await links.evaluateAll((all) => all.map((a) => a.getAttribute("href")))).toEqual(
          nearest,
        );
      }));

    it("are ten of a longer list, with a link to the rest", async () => {
      const many = Array.from({ length: 30 }, (_, i) => `https://m${i}.example/`);
      server.isolist = { status: 200, body: JSON.stringify(many) };
      await visit({ path: ISO_PAGE }, async (page) => {
        await page.locator("#nearest ol").waitFor();
        expect(await shown(page)).toEqual(many.slice(0, 10));
        const rest = page.getByRole("link", { name: "List of the mirrors nearest to you" });
        expect(await rest.getAttribute("href")).toBe("/isolist/9.8/x86_64");
      });
    });

    it("are web addresses and nothing else, shown as text", async () => {
      const list = [
        `https://near.example/${SCRIPT}`,
        "javascript:window.harmed=5",
        7,
        null,
        "x",
        {},
      ];
      server.isolist = { status: 200, body: JSON.stringify(list) };
      await visit({ path: ISO_PAGE }, async (page) => {
        await page.locator("#nearest ol").waitFor();
        expect(await shown(page)).toHaveLength(1);
        expect(await page.locator("#nearest :not(ol, li, a)").count()).toBe(0);
        await page.locator("#nearest").click();
        expect(await page.evaluate("window.harmed")).toBeUndefined();
      });
    });

    const CONSOLE = /status of 50[03]/;
    it.each([
      ["an error", { status: 503, body: "" }, [CONSOLE]],
      ["no JSON", { status: 200, body: "<html>" }, []],
      ["no list", { status: 200, body: '{"a": 1}' }, []],
      ["an empty list", { status: 200, body: "[]" }, []],
      ["a list of nothing useful", { status: 200, body: '["javascript:1"]' }, []],
    ])("are said to be missing, in words, when the answer is %s", async (_what, answer, errors) => {
      server.isolist = answer;
      await visit(
        { path: ISO_PAGE },
        async (page) => {
          const said = page.getByText("could not be had");
          await said.waitFor();
          expect(await page.locator("#nearest a").count()).toBe(1);
          expect(await page.locator("#nearest").getAttribute("aria-busy")).toBeNull();
        },
        errors,
      );
    });
  });

  describe.each(PAGES)("%s", (path) => {
    it("has landmarks, one heading of the first level, and a name for everything one can use", () =>
      visit({ path }, async (page) => {
        for (const role of ["banner", "main", "contentinfo"] as const) {
          expect(await page.getByRole(role).count()).toBe(1);
        }
        expect(await page.getByRole("navigation", { name: "Pages" }).count()).toBe(1);
        const heading = page.getByRole("heading", { level: 1 });
        expect(await heading.count()).toBe(1);
        expect(await heading.textContent()).toBe(await page.title());
        expect(await page.locator("[aria-current=page], [aria-current=true]").count()).toBe(1);
        expect(await page.evaluate(unnamedControls)).toEqual([]);
        expect(await page.evaluate(structureFaults)).toEqual([]);
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.textContent")).toBe(
          "Skip to the content",
        );
      }));

    it("can be read, in light and dark, on any screen", () =>
      visit({ path }, async (page) => {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await page.evaluate(paleTexts)).toEqual([]);
        }
        for (const width of [1024, 740, 390, 320]) {
          await page.setViewportSize({ width, height: 800 });
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        }
        // Tables stay tables for those who hear them, whatever they look like.
        expect(await page.getByRole("table").count()).toBe(await page.locator("table").count());
        expect(await page.getByRole("rowheader").count()).toBe(
          await page.locator("tbody tr").count(),
        );
      }));

    it("is complete without its script, and shows nothing that would need it", () =>
      visit({ path, script: false }, async (page) => {
        expect(await page.locator("form:visible, button").count()).toBe(0);
        if (path === "/") expect((await namesIn(page)).toSorted()).toEqual(publicNames);
        if (path === ISO_PAGE) {
          const list = page.getByRole("link", { name: "List of the mirrors nearest to you" });
          expect(await list.getAttribute("href")).toBe("/isolist/9.8/x86_64");
          expect(await page.getByRole("heading", { name: "Germany" }).count()).toBe(1);
        }
      }));

    it("does nothing that a stranger's text asks for", () =>
      visit({ path }, async (page) => {
        await page.waitForLoadState("networkidle");
        expect(await page.evaluate("window.harmed")).toBeUndefined();
        expect(await page.locator("img, iframe, script:not([src^='/site/'])").count()).toBe(0);
        expect(await page.locator("a[href^='javascript' i]").count()).toBe(0);
      }));
  });

  it("the checks themselves notice what they are there for", async () => {
    const harmful = `<!doctype html><title>t</title><main><h1>h</h1><h3>skipped</h3>
<p id="a" style="color:#999;background:#fff">pale</p><p id="a">again</p><a href="/x"></a>
<input><script>window.harmed=1</script></main>`;
    const page = await browser.newPage();
    await page.setContent(harmful);
    expect(await page.evaluate(unnamedControls)).toHaveLength(2);
    expect(await page.evaluate(structureFaults)).toEqual(["h1 > h3", "id a twice", "no language"]);
    expect(await page.evaluate(paleTexts)).toEqual([expect.stringContaining("pale")]);
    expect(await page.evaluate("window.harmed")).toBe(1);
    await page.close();
  });

  it("the policy that the pages are served under refuses a script in a page", async () => {
    const files = new Map(emitSite(network).map(({ path, bytes }) => [path, String(bytes)]));
    files.set("site/index.html", "<!doctype html><title>t</title><script>window.harmed=1</script>");
    const other = await serveSite(files);
    const page = await browser.newPage();
    try {
      await page.goto(other.origin);
      expect(await page.evaluate("window.harmed")).toBeUndefined();
    } finally {
      await page.close();
      await other.stop();
    }
  });
});

function exampleWithAccent(): { readonly name: string; readonly city: string } {
  const found = network.mirrors.find(
    ({ reach, location: { city = "" } }) => reach === "public" && /[àáâãäéèíóöôúü]/.test(city),
  );
  return { name: found?.name ?? "", city: found?.location.city ?? "" };
}

/** Run in the page. Links, buttons and fields whose name is empty. */
const unnamedControls = `Array.from(document.querySelectorAll("a, button, input, select"))
  .filter((control) => {
    const label = control.labels?.[0]?.textContent ?? control.textContent;
    return (control.getAttribute("aria-label") ?? label).trim() === "";
  })
  .map((control) => control.outerHTML)`;

/** Run in the page. Levels of headings that are skipped, ids that two elements have, no language. */
const structureFaults = `(() => {
  const levels = Array.from(document.querySelectorAll("h1, h2, h3"), ({ localName }) => localName);
  const ids = Array.from(document.querySelectorAll("[id]"), ({ id }) => id);
  return [
    ...levels.flatMap((name, i) => i > 0 && name[1] - levels[i - 1][1] > 1 ? levels[i - 1] + " > " + name : []),
    ...ids.flatMap((id, i) => ids.indexOf(id) === i ? [] : "id " + id + " twice"),
    ...(document.documentElement.lang === "" ? ["no language"] : []),
  ];
})()`;

/** Run in the page. Texts whose contrast with what is behind them is below 4.5, as WCAG has it. */
const paleTexts = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].reduce((sum, part, i) => {
    const c = part / 255;
    return sum + [0.2126, 0.7152, 0.0722][i] * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] !== 0) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.add(element.localName + " " + ratio.toFixed(1) + " " + element.textContent.slice(0, 30));
  }
  return [...found];
})()`;
