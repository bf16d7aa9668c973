import { describe, expect, it } from "vitest";
import { httpConfiguration, type Mount } from "../../src/emit/nginx.ts";

const MOUNT: Mount = {
  root: "/srv/m",
  id: "some-id",
  rotations: 1,
  unknownLists: { "kitten-http": ["cc"], all: ["aa"] },
  networks: true,
  client: "remote-address",
};
const http = (more: Partial<Mount> = {}) => httpConfiguration({ ...MOUNT, ...more });

describe("httpConfiguration", () => {
  it("looks all list sets up at once, and gives the whole list where there is none", () => {
    expect(http().match(/^geoip2 .*routes/gm)).toHaveLength(1);
    expect(http().match(/source=.*/g)).toEqual([
      "source=$mp_client country;",
      "source=$mp_client lists all;",
      "source=$mp_client lists kitten-http;",
      "source=$mp_client asn;",
      "source=$mp_client prefix_length;",
    ]);
    expect(http()).toContain('map $mp_found_2_0 $mp_list_2 {\n    "" "cc";');
  });

  it("picks one of several orders by the client's address, also where there is none", () => {
    const text = http({ rotations: 2, unknownLists: { all: ["aa", "bb"] } });
    expect(text).toContain('split_clients "$mp_client" $mp_rotation {\n    50% 0;\n    * 1;\n}');
    expect(text).toContain("$mp_found_1_1 source=$mp_client lists all 1;");
    expect(text).toContain('map $mp_rotation $mp_lost_1 {\n    "0" "aa";\n    "1" "bb";\n}');
    expect(() => http({ rotations: 2 })).toThrow("set all has 1 unknown lists and 2 rotations");
  });

  it("asks for more room only where there are very many variables", () => {
    const sets = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`all.${n}`, Array(8).fill("aa")]),
      );
    expect(http({ rotations: 8, unknownLists: sets(6) })).not.toContain("hash");
    expect(http({ rotations: 8, unknownLists: sets(30) })).toContain("variables_hash_max_size");
  });

  it("knows of networks only where there is a database of them", () => {
    expect(http()).toContain('geoip2 "/srv/m/generations/some-id/networks.mmdb"');
    expect(http({ networks: false })).not.toContain("networks.mmdb");
  });

  it("knows ?ip= only in a preview", () => {
    expect(http({ client: "argument" })).toContain("$arg_ip");
    expect(http()).not.toContain("$arg_ip");
  });

  it.each(["all; }", "All", "-b", ""])("refuses the list set %j", (set) => {
    expect(() => http({ unknownLists: { [set]: ["aa"] } })).toThrow();
  });

  it.each(["/srv/\nx", "/srv/$x", "srv", '/srv/"'])("refuses the root %j", (root) => {
    expect(() => http({ root })).toThrow();
  });
});
