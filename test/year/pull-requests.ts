/** What is in the pull requests that nobody should have merged: files by path; null removes one. */
import { CONFIG_TEXT, mirrorPath, mirrorText, PUBLIC_MIRRORS } from "./network.ts";
import type { PullRequest } from "./schedule.ts";

type Files = Readonly<Record<string, string | null>>;

/** Names that only these files have; none of it may be listed where the rule would not have it. */
export const INTRUDER = "intruder.example";
/** What addresses in the widest network begin with that a public mirror may have for its own. */
export const INTRUDER_SUBNET = "20.0.";
/** What would be markup or a script if it were not encoded. */
export const MARKUP = "<script>alert(1)</script>";
/** The mirror whose name, or address, is taken. */
const VICTIM = PUBLIC_MIRRORS[13]!.name;
/** How many mirrors are left of those that one removes. */
const KEPT_SHARE = 0.4;

export const PULL_REQUEST_FILES: Readonly<Record<PullRequest, Files>> = {
  "half-the-internet": intruder(['subnets: ["0.0.0.0/1", "128.0.0.0/1", "::/1"]']),
  monopoly: intruder(["monopoly: true", `subnets: ["${INTRUDER_SUBNET}0.0/16"]`]),
  markup: {
    [mirrorPath("intruder")]: mirrorText(
      JSON.stringify(`${MARKUP}.example`),
      `{https: "https://${INTRUDER}/${MARKUP}/"}`,
      ["geolocation: {country: NL}", 'email: "\\"><script>alert(2)</script>@intruder.example"'],
    ),
    [mirrorPath("intruder-2")]: `name: ${INTRUDER}
address: {https: "https://${INTRUDER}/almalinux/"}
update_frequency: 3h
sponsor: ${JSON.stringify(`"'>${MARKUP}\u202e`)}
sponsor_url: "https://${INTRUDER}/?q=<b>"
geolocation: {country: NL}
`,
  },
  "private-without-scope": intruder(["private: true"]),
  "takes-a-name": {
    [mirrorPath("0-first")]: mirrorText(VICTIM, `{https: https://${INTRUDER}/almalinux/}`, []),
  },
  "takes-an-address": {
    [mirrorPath("0-first")]: mirrorText(INTRUDER, `{https: https://${VICTIM}/almalinux/}`, []),
  },
  "yaml-bomb": {
    [mirrorPath("0-bomb")]: `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: [*d,*d,*d,*d,*d,*d,*d,*d,*d]
`,
  },
  "empties-the-folder": {
    "config.yml": CONFIG_TEXT.replace("mirrors_dir: mirrors", "mirrors_dir: nowhere"),
  },
  "removes-most-mirrors": Object.fromEntries(
    PUBLIC_MIRRORS.slice(Math.floor(PUBLIC_MIRRORS.length * KEPT_SHARE)).map(({ name }) => [
      mirrorPath(name),
      null,
    ]),
  ),
};

function intruder(lines: readonly string[]): Files {
  const text = mirrorText(INTRUDER, `{https: https://${INTRUDER}/almalinux/}`, [
    "geolocation: {country: NL}",
    "coordinates: {latitude: 52.9, longitude: 4.8}",
    ...lines,
  ]);
  return { [mirrorPath("intruder")]: text };
}
