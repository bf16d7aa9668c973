import { afterEach, describe, expect, it } from "vitest";
import { outcomeOf } from "../../src/model/probe-reasons.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import { at, mirrorAt, REPOMD, runProbe, type ServeWeb, sleep, startWeb, type Web } from "./web.ts";

const webs: Web[] = [];
afterEach(async () => {
  for (const web of webs.splice(0)) await web.close();
});

async function serve(how: ServeWeb, address?: string, port?: number): Promise<Web> {
  const web = await startWeb(how, address, port);
  webs.push(web);
  return web;
}

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `m${String(index).padStart(2, "0")}.test`);

const fine: ServeWeb = () => false;
const slowly =
  (ms: number): ServeWeb =>
  async () => {
    await sleep(ms);
    return false;
  };

describe("the limit of an address", () => {
  it("holds over all mirrors that are there", async () => {
    const web = await serve(slowly(15));
    const mirrors = names(12).map((name) => mirrorAt(name, web.port));
    const run = await runProbe(mirrors, { settings: { perHost: 3, concurrency: 12 } });
    expect(web.mostAtATime()).toBe(3);
    expect(run.results.every(({ checks }) => checks.get("http/ipv4")?.reason === "ok")).toBe(true);
  });

  it("holds for those that redirect there", async () => {
    const target = await serve(slowly(15));
    const web = await serve(({ path, host }, response) => {
      response.writeHead(302, { location: `http://${host}.to:${target.port}${path}` }).end();
      return true;
    }, "127.0.0.2");
    const resolver: Resolver = {
      resolve: async (host, family) =>
        family === 6 ? [] : [host.endsWith(".to") ? "127.0.0.1" : "127.0.0.2"],
    };
    const mirrors = names(12).map((name) => mirrorAt(name, web.port));
    const run = await runProbe(mirrors, {
      ...{ settings: { perHost: 2, concurrency: 12 }, resolver, policy: () => null },
    });
    expect(target.mostAtATime()).toBe(2);
    expect(web.mostAtATime()).toBeLessThanOrEqual(2);
    expect(run.reasonOf("m11.test", "repo:9.8/crb/aarch64")).toBe("ok");
  });

  it("makes requests wait, and does not take the wait for the mirror's", async () => {
    const web = await serve(slowly(100));
    const mirrors = names(20).map((name) =>
      mirrorAt(name, web.port, { carries: { versions: [] } }),
    );
    const settings = { perHost: 1, concurrency: 20, requestSeconds: 1 };
    const run = await runProbe(mirrors, { settings });
    expect(run.results.map(({ checks }) => checks.get("http/ipv4")?.reason)).toEqual(
      names(20).map(() => "ok"),
    );
  });

  it("keeps a few connections for all the files of a mirror", async () => {
    const web = await serve(fine);
    await runProbe([mirrorAt("m.test", web.port)]);
    expect(web.asked.length).toBeGreaterThan(10);
    expect(web.connections()).toBeLessThanOrEqual(4);
  });
});

describe("deadlines", () => {
  it("of a mirror leave what was not asked unknown, and the rest as it is", async () => {
    const web = await serve(async ({ path }) => {
      if (path.includes("9.8")) await sleep(30_000);
      return false;
    });
    const mirrors = [mirrorAt("slow.test", web.port)];
    const run = await runProbe(mirrors, { settings: { mirrorSeconds: 1, perHost: 1 } });
    expect(run.reasonOf("slow.test", "http/ipv4")).toBe("ok");
    expect(run.reasonOf("slow.test", "repo:8.10/baseos/x86_64")).toBe("ok");
    expect(run.reasonOf("slow.test", "repo:9.8/baseos/x86_64")).toBe("deadline");
    expect(run.reasonOf("slow.test", "repo:9.8/crb/aarch64")).toBe("deadline");
    expect(run.reasonOf("slow.test", "isos")).toBe("deadline");
    expect(run.cut).toBe(false);
  });

  it("of the run leave every check of every mirror unknown that was not asked", async () => {
    const web = await serve(async () => {
      await sleep(30_000);
      return false;
    });
    const mirrors = names(10).map((name) => {
      const modules = new Map([["kitten", { http: `http://${name}:${web.port}/kitten/` }]]);
      const urls = {
        http: `http://${name}:${web.port}/linux/`,
        rsync: `rsync://${name}:${web.port}/linux/`,
      };
      return mirrorAt(name, web.port, { urls, modules });
    });
    const settings = { runSeconds: 1, concurrency: 2, requestSeconds: 20 };
    const run = await runProbe(mirrors, { settings });
    expect(run.cut).toBe(true);
    expect(run.results).toHaveLength(10);
    const checks = run.results.map((each) => [...each.checks.keys()].sort().join());
    expect(new Set(checks).size).toBe(1);
    expect(checks[0]).toContain("kitten:http/ipv4");
    expect(checks[0]).toContain("repo:10-kitten/baseos/aarch64");
    for (const { name, checks } of run.results) {
      for (const [check, { reason }] of checks) {
        const asked = name < "m02" && check === "dns";
        expect(`${name} ${check} ${reason}`).toBe(`${name} ${check} ${asked ? "ok" : "deadline"}`);
      }
    }
  });

  it("come early when the caller's signal does, and nothing is asked any more", async () => {
    const control = await serve(fine);
    const web = await serve(slowly(50));
    const stop = new AbortController();
    const run = await runProbe(
      names(6).map((name) => mirrorAt(name, web.port)),
      {
        settings: { concurrency: 1, control: [`http://control.test:${control.port}/`] },
        signal: stop.signal,
        onEvent: ({ kind }) => {
          if (kind === "mirror") stop.abort();
        },
      },
    );
    expect(run.cut).toBe(true);
    expect(control.asked).toHaveLength(1);
    expect(run.control).toEqual({ asked: 1, answered: 1 });
    expect(new Set(web.asked.map((line) => line.split(" ")[1]))).toEqual(new Set(["m00.test"]));
    expect(run.reasonOf("m00.test", "isos")).toBe("ok");
    expect(run.reasonOf("m01.test", "dns")).toBe("deadline");
  });
});

describe("control endpoints", () => {
  const control = (web: Web, ...paths: readonly string[]) =>
    paths.map((path) => `http://control.test:${web.port}/${path}`);

  it("are asked before and after, and the worse counts", async () => {
    let isUp = true;
    const web = await serve(({ path }, response) => {
      if (path === "/linux/TIME") isUp = false;
      if (path !== "/b" || isUp) return false;
      response.writeHead(502).end();
      return true;
    });
    const run = await runProbe([mirrorAt("m.test", web.port)], {
      settings: { control: control(web, "a", "b") },
    });
    expect(run.control).toEqual({ asked: 2, answered: 1 });
    expect(run.events.filter(({ kind }) => kind === "control")).toEqual([
      { kind: "control", when: "before", asked: 2, answered: 2 },
      { kind: "control", when: "after", asked: 2, answered: 1 },
    ]);
  });

  it("count as they were before where they are better after", async () => {
    const web = await serve(({ count }, response) => {
      if (count > 2) return false;
      response.writeHead(502).end();
      return true;
    });
    const run = await runProbe([], { settings: { control: control(web, "a") } });
    expect(run.control).toEqual({ asked: 1, answered: 0 });
    expect(run.events.at(-1)).toMatchObject({ when: "after", answered: 1 });
  });

  it("do not answer by sending us elsewhere, as networks do that want a login", async () => {
    const web = await serve(({ path }, response) => {
      if (path !== "/a") return false;
      response.writeHead(302, { location: "/login" }).end();
      return true;
    });
    const run = await runProbe([], { settings: { control: control(web, "a") } });
    expect(run.control).toEqual({ asked: 1, answered: 0 });
    expect(web.asked).not.toContain("GET control.test /login");
  });

  it("have a second try", async () => {
    const web = await serve(({ count }, response) => {
      if (count % 2 === 0) return false;
      response.destroy();
      return true;
    });
    const run = await runProbe([], { settings: { control: control(web, "a") } });
    expect(run.control).toEqual({ asked: 1, answered: 1 });
  });

  it("need not be", async () => {
    expect((await runProbe([])).control).toEqual({ asked: 0, answered: 0 });
  });
});

describe("a run", () => {
  it("tells of its start, of each mirror when it is done, and gives all by name", async () => {
    const web = await serve(async ({ host }) => {
      if (host === "b.test") await sleep(100);
      return false;
    });
    const run = await runProbe(
      ["c.test", "b.test", "a.test"].map((name) => mirrorAt(name, web.port)),
    );
    const told = run.events.map((event) =>
      event.kind === "mirror" ? `${event.done}/${event.total}` : event.kind,
    );
    expect(told).toEqual(["start", "control", "1/3", "2/3", "3/3", "control"]);
    expect(run.events[0]).toEqual({ kind: "start", total: 3 });
    expect(run.events[4]).toMatchObject({ result: { name: "b.test" } });
    expect(run.results.map(({ name }) => name)).toEqual(["a.test", "b.test", "c.test"]);
    expect(run.startedAt).toBeLessThanOrEqual(run.endedAt);
  });

  it("says in each result when it was, what was asked and how long it took", async () => {
    const web = await serve(slowly(20));
    const [result] = (await runProbe([mirrorAt("m.test", web.port)])).results;
    const time = result?.checks.get("http/ipv4");
    expect(time).toMatchObject({ reason: "ok", url: `http://m.test:${web.port}/linux/TIME` });
    expect(time?.took).toBeGreaterThanOrEqual(19);
    expect(time?.at).toBeGreaterThanOrEqual(time?.updatedAt ?? Number.POSITIVE_INFINITY);
    expect(result?.addresses).toEqual({ ipv4: ["127.0.0.1"], ipv6: [] });
  });

  it.each([
    [
      "https://example.org/prober",
      "mirrorpress/1.2.3 (mirror prober; +https://example.org/prober)",
    ],
    ["ops (at) ex\u00e4mple\r\nX: y", "mirrorpress/1.2.3 (mirror prober; +ops at exmpleX: y)"],
    [undefined, "mirrorpress/1.2.3 (mirror prober)"],
  ])("says who asks: %j", async (contact, expected) => {
    const agents = new Set<string | undefined>();
    const web = await serve((_, __, { headers }) => {
      agents.add(headers["user-agent"]);
      expect(headers["accept-encoding"]).toBe("identity");
      return false;
    });
    await runProbe([mirrorAt("m.test", web.port)], { settings: contact ? { contact } : {} });
    expect([...agents]).toEqual([expected]);
  });

  it.each([
    ["rfc2822", "time.txt", () => new Date().toUTCString()],
    [
      "repomd",
      "9.8/BaseOS/x86_64/os/repodata/repomd.xml",
      () => REPOMD.replace("/>", `><revision>${Math.floor(Date.now() / 1000)}</revision></repomd>`),
    ],
  ] as const)("reads the freshness file in the format %s", async (format, file, text) => {
    const web = await serve(({ path }, response) => {
      if (path !== `/linux/${file}`) return false;
      response.end(text());
      return true;
    });
    const settings = { freshness: { file, format } };
    const run = await runProbe([mirrorAt("m.test", web.port)], { settings });
    expect(run.reasonOf("m.test", "http/ipv4")).toBe("ok");
    expect(run.results[0]?.checks.get("http/ipv4")?.updatedAt).toBeGreaterThan(1.7e9);
  });
});

describe("names", () => {
  it("are asked once in each family, however many checks there are", async () => {
    const web = await serve(fine);
    const asked: string[] = [];
    const resolver: Resolver = {
      async resolve(host, family) {
        asked.push(`${host} ${family}`);
        return family === 4 ? ["127.0.0.1"] : [];
      },
    };
    const urls = {
      http: `http://m.test:${web.port}/linux/`,
      rsync: `rsync://m.test:${web.port}/a/`,
    };
    const modules = new Map([["kitten", { http: `http://m.test:${web.port}/kitten/` }]]);
    const settings = { requestSeconds: 0.3 };
    await runProbe([mirrorAt("m.test", web.port, { urls, modules })], { settings, resolver });
    expect(asked.sort()).toEqual(["m.test 4", "m.test 6"]);
  });

  it("that lead elsewhere the second time are not followed", async () => {
    const decoy = await serve(fine, "127.66.6.6");
    const web = await serve(fine, "127.0.0.1", decoy.port);
    let looks = 0;
    const resolver: Resolver = {
      async resolve(_, family) {
        if (family === 6) return [];
        looks += 1;
        return [looks === 1 ? "127.0.0.1" : "127.66.6.6"];
      },
    };
    const run = await runProbe([mirrorAt("m.test", web.port)], { resolver });
    expect(run.reasonOf("m.test", "http/ipv4")).toBe("ok");
    expect(decoy.connections()).toBe(0);
  });

  it.each(["127.66.6.6", "0.0.0.0", "::ffff:127.66.6.6", "not an address", "127.1"])(
    "are never followed to %s",
    async (address) => {
      const decoy = await serve(fine, "127.66.6.6");
      const run = await runProbe([mirrorAt("m.test", decoy.port)], { resolver: at(address) });
      expect(run.reasonOf("m.test", "http/ipv4")).toBe("refused-address");
      expect(run.reasonOf("m.test", "isos")).toBe("skipped");
      expect(decoy.connections()).toBe(0);
    },
  );

  it("have their addresses kept where they are addresses, refused ones too", async () => {
    const run = await runProbe([mirrorAt("m.test", 8080)], {
      resolver: at("127.66.6.6", "::ffff:127.66.6.6", "x"),
    });
    expect(run.results[0]?.addresses).toEqual({
      ipv4: ["127.66.6.6"],
      ipv6: ["::ffff:127.66.6.6"],
    });
    expect(run.reasonOf("m.test", "http/ipv6")).toBe("refused-address");
  });

  it("may be addresses themselves", async () => {
    const web = await serve(fine);
    const urls = { http: `http://127.0.0.1:${web.port}/linux/` };
    const resolver: Resolver = {
      resolve: async (host) => {
        throw new Error(`${host} is looked up`);
      },
    };
    const run = await runProbe([mirrorAt("m", web.port, { urls })], { resolver });
    expect(run.reasonOf("m", "dns")).toBe("ok");
    expect(run.reasonOf("m", "http/ipv4")).toBe("ok");
    expect(run.reasonOf("m", "http/ipv6")).toBeUndefined();
  });
});

it("a family that this machine cannot send in is unknown, and the other one does", async () => {
  const web = await serve(fine, "::1");
  // No system lets anybody open a connection to all: nothing is sent.
  const run = await runProbe([mirrorAt("m.test", web.port)], {
    ...{ resolver: at("255.255.255.255", "::1"), policy: () => null },
  });
  expect(run.reasonOf("m.test", "http/ipv4")).toBe("no-route");
  expect(outcomeOf("no-route")).toBe("unknown");
  expect(run.reasonOf("m.test", "http/ipv6")).toBe("ok");
  expect(run.reasonOf("m.test", "repo:9.8/crb/aarch64")).toBe("ok");
});

describe("patience", () => {
  it("ends where no file ever comes, and the rest is not waited for", async () => {
    const web = await serve(async ({ path }) => {
      if (path.includes("repomd")) await sleep(30_000);
      return false;
    });
    const repositories = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const run = await runProbeOfMany(web, repositories, { requestSeconds: 0.3 });
    const checks = [...(run.results[0]?.checks ?? [])];
    const reasons = checks.flatMap(([check, { reason }]) => (/^repo:/.test(check) ? reason : []));
    expect(new Set(reasons)).toEqual(new Set(["timeout"]));
    expect(reasons).toHaveLength(60);
    expect(web.asked.filter((line) => line.includes("repomd")).length).toBeLessThan(20);
    expect(run.reasonOf("m.test", "isos")).toBe("ok");
  });

  it("does not try everything twice where everything fails", async () => {
    const web = await serve(({ path }, response) => {
      if (!path.includes("repomd")) return false;
      response.writeHead(500).end();
      return true;
    });
    const repositories = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const run = await runProbeOfMany(web, repositories, { requestSeconds: 1 });
    expect(run.reasonOf("m.test", "repo:9/r59/x")).toBe("http-status");
    expect(web.asked.filter((line) => line.includes("repomd")).length).toBe(60 + 8);
  });

  it("takes a mirror that shuts us out for unknown, from where it did", async () => {
    const web = await serve(({ count }, response) => {
      if (count < 30) return false;
      response.destroy();
      return true;
    });
    const repositories = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const run = await runProbeOfMany(web, repositories, { requestSeconds: 1 });
    const checks = [...(run.results[0]?.checks ?? [])];
    const reasons = checks.flatMap(([check, { reason }]) => (/^repo:/.test(check) ? reason : []));
    expect(reasons.filter((reason) => reason === "ok").length).toBeGreaterThan(20);
    expect(new Set(reasons)).toEqual(new Set(["ok", "skipped"]));
    expect(run.reasonOf("m.test", "isos")).toBe("skipped");
    expect(web.asked.length).toBeLessThan(60);
  });

  it("is not lost over files that fail among others that come", async () => {
    const web = await serve(({ path }, response) => {
      if (!/r\d*[147]\//.test(path)) return false;
      response.writeHead(403).end();
      return true;
    });
    const repositories = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const run = await runProbeOfMany(web, repositories, { requestSeconds: 1 });
    expect(run.reasonOf("m.test", "repo:9/r57/x")).toBe("http-status");
    expect(run.reasonOf("m.test", "repo:9/r59/x")).toBe("ok");
    expect(web.asked.filter((line) => line.endsWith("/TIME"))).toHaveLength(1);
  });

  it("waits as long as it is asked to, for a short while, and asks nothing else meanwhile", async () => {
    const times: number[] = [];
    const web = await serve(async ({ count }, response) => {
      times.push(performance.now());
      if (count !== 8) return false;
      response.writeHead(429, { "retry-after": "1" }).end();
      return true;
    });
    const repositories = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const run = await runProbeOfMany(web, repositories, { requestSeconds: 10 });
    expect(run.reasonOf("m.test", "repo:9/r59/x")).toBe("ok");
    const since = times.map((time) => time - times[7]!);
    // What was on its way already is answered.
    expect(since.slice(7).filter((ms) => ms < 990).length).toBeLessThanOrEqual(4);
    expect(since).toHaveLength(1 + 60 + 1 + 1);
    expect(web.asked.filter((line) => line === web.asked[7])).toHaveLength(2);
  });

  it("does not knock twice at a door that another product found shut", async () => {
    const closed = await serve(fine);
    const { port } = closed;
    await closed.close();
    webs.pop();
    const modules = new Map([["kitten", { http: `http://m.test:${port}/kitten/` }]]);
    const run = await runProbe([mirrorAt("m.test", port, { modules })]);
    const [main, kitten] = ["http/ipv4", "kitten:http/ipv4"].map((check) =>
      run.results[0]?.checks.get(check),
    );
    expect(main?.reason).toBe("down");
    expect(kitten).toEqual(main);
  });
});

/** A mirror of one version and one architecture with these repositories. */
async function runProbeOfMany(
  web: Web,
  repositories: readonly string[],
  settings: { readonly requestSeconds: number },
) {
  const config = {
    versions: ["9"],
    duplicatedVersions: new Map(),
    vaultVersions: [],
    optionalModules: new Map(),
    arches: new Map([["9", ["x"]]]),
    repos: repositories.map((name) => ({ name, path: `${name}/$basearch/`, vault: false })),
  };
  return runProbe([mirrorAt("m.test", web.port)], { settings, config });
}
