import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Fragment,
  type Html,
  html,
  isLinkable,
  link,
  withLinks,
} from "../../src/emit/html.ts";

const text = (markup: Html) => markup.toString();

/** What a browser would read: the inverse of the encoder, for text alone. */
function decoded(markup: string): string {
  const names: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return markup.replace(/&(?:#(\d+)|(\w+));/g, (whole, code: string | undefined, name: string) =>
    code === undefined ? (names[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
}

const HOSTILE = `</td><script>alert(1)</script><b x="' onload=alert(1)>&lt;\``;

describe("html", () => {
  it("writes text so that a browser reads it as text", () => {
    expect(text(html`<b>${HOSTILE}</b>`)).toBe(
      "<b>&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b x=&quot;&#39; onload=alert(1)&gt;&amp;lt;&#96;</b>",
    );
    expect(text(html`<b title="${HOSTILE}">${1}</b>`)).not.toMatch(
      /<script|<b x|title="[^"]*"[^>]/,
    );
  });

  it("gives back any visible text, and never a sign that means something", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a&<>\"'`;#=/ é日👍") }), (words) => {
        const written = text(html`${words}`);
        expect(decoded(written)).toBe(words);
        expect(written).not.toMatch(/[<>"'`]/);
      }),
    );
  });

  it.each([
    ["turns the direction of writing", "\u202egpj.exe"],
    ["isolates a direction", "\u2067abc\u2069"],
    ["takes no room", "pay\u200bpal"],
    ["is a control character", "a\u0000b\u001b[31m"],
    ["is half a character", "\ud800"],
  ])("shows as U+FFFD what %s", (_what, words) => {
    const written = text(html`${words}`);
    expect(written).toContain("\ufffd");
    expect(written).not.toMatch(/[\p{Cc}\p{Cs}\u200b\u202e\u2067\u2069]/u);
  });

  it("leaves joiners, which Persian and Indian names need", () => {
    expect(text(html`${"نیم\u200cفاصله"}`)).toBe("نیم\u200cفاصله");
  });

  it("takes markup that it made as it is, alone or in arrays", () => {
    const item = html`<li>${"a&b"}</li>`;
    expect(text(html`<ul>${[item, item]}${item}</ul>`)).toBe(
      `<ul>${"<li>a&amp;b</li>".repeat(3)}</ul>`,
    );
  });

  it.each([
    ["an array of anything else", ["<b>"]],
    ["an object with the methods of markup", { toString: (): string => "<b>", map: () => ["<b>"] }],
    ["an object in an array", [{ toString: (): string => "<b>" }]],
  ])("does not take for markup %s", (_what, value) => {
    expect(() => text(html`<ul>${value as unknown as Fragment}</ul>`)).toThrow();
  });

  const hole = "x";
  it.each([
    ["a tag's name", () => html`<${hole}>`],
    ["an attribute's name", () => html`<b ${hole}="1">`],
    ["an attribute without quotes", () => html`<b title=${hole}>`],
    ["single quotes", () => html`<b title='${hole}'>`],
    ["the beginning of an attribute only", () => html`<b title="${hole} and more">`],
    ["the end of an attribute", () => html`<b title="more and ${hole}">`],
    ["a handler", () => html`<b onclick="${hole}">`],
    ["a style", () => html`<b style="${hole}">`],
    ["a document in an attribute", () => html`<iframe srcdoc="${hole}">`],
    ["a script", () => html`<script>${hole}</script>`],
    ["a style sheet", () => html`<style>${hole}</style>`],
    ["a comment", () => html`<!-- ${hole} -->`],
    ["a tag, as markup", () => html`<b ${html`title`}>`],
    ["an attribute, as markup", () => html`<b title="${html`title`}">`],
  ])("has no way to put something into %s", (_where, make) => expect(make).toThrow());

  it("tells text from attributes after holes of either kind", () => {
    expect(text(html`<a href="${"/a"}" title="${'"'}">${'"'}</a>${"<"}`)).toBe(
      '<a href="/a" title="&quot;">&quot;</a>&lt;',
    );
  });
});

describe("an address in a page", () => {
  it.each([
    "https://mirror.example/a/?b=c&d=(e)#f",
    "http://[2001:db8::1]:8080/",
    "rsync://mirror.example/module/",
    "ftp://mirror.example/",
    "/isos/x86_64/9.8.html",
    "/",
  ])("may be %s", (url) => {
    expect(isLinkable(url)).toBe(true);
    expect(text(link(url, "words"))).toMatch(/^<a href="/);
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https://a.example/\nb",
    "https://a.example/\tb",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<b>",
    "https://a.example/\u202egpj",
    "evil.example",
    "#x",
    "",
  ])("may not be %j, and words stay without a link", (url) => {
    expect(isLinkable(url)).toBe(false);
    expect(text(link(url, "words"))).toBe("words");
    expect(() => html`<a href="${url}">x</a>`).toThrow("no address");
    expect(() => html`<img src="${url}">`).toThrow("no address");
  });

  it("is found in a sentence, without the sign that follows it", () => {
    const sentence = "Data by A (https://a.example), B, https://b.example/c. & C";
    expect(withLinks(sentence).map(text).join("")).toBe(
      'Data by A (<a href="https://a.example">https://a.example</a>), B, <a href="https://b.example/c">https://b.example/c</a>. &amp; C',
    );
  });
});
