import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CanaryChoice, confirmByCanary, requireServer } from "../../src/canary/canary.ts";
import { seal, textArtifact } from "../../src/emit/artifact.ts";
import type { Generation } from "../../src/emit/generation.ts";
import { QUESTIONS_PATH } from "../../src/emit/questions.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration } from "../../src/publish/publish.ts";
import { hasNginx, start } from "../serve/mounted-nginx.ts";
import { type SmallGenerationOptions, smallGeneration } from "../serve/small-generation.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mirrorpress-canary-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FIRST = 1_795_347_600;

/** Publishes and asks, in the order of a build. */
async function publishWithCanary(
  { id, files }: Generation,
  choice: CanaryChoice = "nginx",
  afterSwitch: () => void = () => undefined,
) {
  const lock = lockOutput(root);
  try {
    const published = publishGeneration({ lock, id, files });
    afterSwitch();
    return await confirmByCanary(lock, published, choice);
  } finally {
    lock.release();
  }
}

const generation = (number: number, options: Partial<SmallGenerationOptions> = {}) =>
  smallGeneration({ root, builtAt: FIRST + number, edition: `edition-${number}`, ...options });

/** A generation with a fault in one file. */
function spoiled(whole: Generation, path: string, from: string | RegExp, to: string): Generation {
  const files = whole.files.map((file) => {
    if (file.path !== path) return file;
    const text = Buffer.from(file.bytes).toString("utf8");
    expect(text).toMatch(from);
    return seal(textArtifact(path, text.replaceAll(new RegExp(from, "g"), to)));
  });
  return { id: whole.id, files };
}

const current = () => readlinkSync(join(root, "current")).replace("generations/", "");
const generations = () => readdirSync(join(root, "generations")).sort();

describe.skipIf(!hasNginx())("the canary", () => {
  it.each([
    ["where the server's output is", {}],
    ["for another place", { root: "/srv/elsewhere" }],
    ["in rotations", { rotations: 4 }],
    ["behind proxies of its own", { trustedProxies: ["10.0.0.0/8"] }],
    ["behind this machine", { trustedProxies: ["127.0.0.0/8", "::1/128"] }],
    ["without ASN data", { withoutNetworks: true }],
  ])("finds a generation right that was built %s, in every list set", async (_what, options) => {
    const whole = generation(1, options);
    const report = await publishWithCanary(whole);
    const questions = whole.files.find(({ path }) => path === QUESTIONS_PATH);
    const sets = Object.keys(JSON.parse(Buffer.from(questions?.bytes ?? "").toString()));
    expect(sets.length).toBeGreaterThan(4);
    expect(report).toMatchObject({ server: "nginx", sets: sets.length });
    expect(report).toHaveProperty(
      "asked",
      expect.toSatisfy((asked) => asked > 100),
    );
    expect(current()).toBe(whole.id);
  });

  it.each([
    ["a list set for another", "nginx/paths.conf", /\$mp_list_1;/, "$$mp_list_2;"],
    ["a client for another", "nginx/http.conf", /default \$remote_addr;/, "default 192.0.2.1;"],
    ["no list where one is", "nginx/http.conf", /default \$mp_found_1_0;/, 'default "x";'],
    [
      "other text of the same length",
      "nginx/server.conf",
      /(?<="\{path\}" \$mp_path;)/,
      '\nsub_filter "example" "elpmaxe";',
    ],
    ["a path that is filled in twice", "nginx/server.conf", / \$mp_path;/, " $$mp_path$$mp_path;"],
  ])("finds %s, and makes the generation before current again", async (_what, path, from, to) => {
    const good = generation(1);
    await publishWithCanary(good);
    const bad = spoiled(generation(2), path, from, to);
    const refusal = (await publishWithCanary(bad).catch((error: unknown) => error)) as Error;
    expect(refusal.name).toBe("RefusedError");
    expect(refusal.message).toMatch(
      /^nginx gave \d+ wrong answers to \d+ look-ups\nasked \/\S+ as \S+, list set \S+: (line \d+: got .*, expected |got status )/,
    );
    expect(refusal.message).toContain(`Generation ${good.id} is current again.`);
    expect(refusal.message).toContain(`.rejected-${bad.id} until the next.`);
    expect(current()).toBe(good.id);
    expect(generations()).toEqual([`.rejected-${bad.id}`, good.id]);
    // Nothing hinders the next one.
    await publishWithCanary(generation(3));
    expect(generations()).toEqual([good.id, generation(3).id]);
  });

  it("takes a configuration that nginx does not start with for wrong", async () => {
    await publishWithCanary(generation(1));
    const bad = spoiled(generation(2), "nginx/server.conf", "sendfile off;", "sendfile maybe;");
    await expect(publishWithCanary(bad)).rejects.toMatchObject({
      name: "RefusedError",
      message: expect.stringMatching(/does not start.*\n.*\[emerg\].*"maybe"/),
      remedy: expect.stringContaining("--no-canary"),
    });
    expect(current()).toBe(generation(1).id);
  });

  it("takes right answers of an nginx that logs what is critical for wrong", async () => {
    await publishWithCanary(generation(1));
    const logs = 'sendfile off;\n    access_log "/no/such/$$host/log";';
    const bad = spoiled(generation(2), "nginx/server.conf", "sendfile off;", logs);
    await expect(publishWithCanary(bad)).rejects.toThrow(/^nginx logged:\n.*\[crit\]/);
    expect(current()).toBe(generation(1).id);
  });

  it("leaves nothing current when the first generation is wrong", async () => {
    const bad = spoiled(generation(1), "nginx/server.conf", "sendfile off;", "sendfile maybe;");
    await expect(publishWithCanary(bad)).rejects.toThrow(/No generation is current, as before/);
    expect(existsSync(join(root, "current"))).toBe(false);
  });

  it("finds a list that is not what its name says", async () => {
    const whole = generation(1);
    const list = whole.files.find(({ path }) => path.startsWith("lists/"))?.path ?? "";
    await expect(publishWithCanary(spoiled(whole, list, "edition-1", "edition-9"))).rejects.toThrow(
      `${list} is not what its name says`,
    );
  });

  it("asks a server elsewhere as soon as that serves the generation", async () => {
    const trusting = { trustedProxies: ["127.0.0.0/8"] };
    await publishWithCanary(generation(1, trusting), "nobody");
    const nginx = await start(root);
    try {
      const choice = { url: `${nginx.url}/`, waitSeconds: 10 };
      const reload = () => void setTimeout(() => nginx.reload(), 300);
      await expect(
        publishWithCanary(generation(2, trusting), choice, reload),
      ).resolves.toMatchObject({ server: choice.url, sets: expect.any(Number) });
      // Nobody reloads it.
      const impatient = { ...choice, waitSeconds: 0.5 };
      await expect(publishWithCanary(generation(3, trusting), impatient)).rejects.toThrow(
        new RegExp(
          `does not serve generation ${generation(3, trusting).id} after 0.5 s; /whoami gave generation ${generation(2, trusting).id}`,
        ),
      );
      expect(current()).toBe(generation(2, trusting).id);
      // It believes nobody.
      await expect(publishWithCanary(generation(4), choice, reload)).rejects.toThrow(
        /does not believe X-Forwarded-For from this machine: asked as 192\.0\.2\.1, it took us for 127\.0\.0\.1/,
      );
    } finally {
      await nginx.stop();
    }
    await expect(
      publishWithCanary(generation(5), { url: nginx.url, waitSeconds: 0 }),
    ).rejects.toThrow(/does not serve generation .*ECONNREFUSED/);
  });
});

describe("the canary without nginx", () => {
  const nowhere = { path: "", programs: [], modules: [] };
  const confirm = (choice: CanaryChoice) => {
    const lock = lockOutput(root);
    const published = publishGeneration({ lock, ...generation(1) });
    return confirmByCanary(lock, published, choice, { places: nowhere }).finally(() =>
      lock.release(),
    );
  };

  it("says that nobody was asked, and why", async () => {
    expect(await confirm("nginx-if-installed")).toEqual({
      skipped: "nginx was not found in PATH or /usr/sbin",
    });
    expect(current()).toBe(generation(1).id);
  });

  it("is an error where nginx was asked for, before anything is published", async () => {
    expect(() => requireServer("nginx", nowhere)).toThrow(/nginx was not found/);
    await expect(confirm("nginx")).rejects.toMatchObject({ name: "EnvironmentError" });
    expect(existsSync(join(root, "current"))).toBe(false);
  });

  it("asks nobody of a generation that does not say what to ask", async () => {
    const { id, files } = generation(1);
    const manifest = files.find(({ path }) => path === "manifest.json");
    const without = Buffer.from(manifest?.bytes ?? "")
      .toString()
      .replace(/^.*questions\.json.*\n/m, "");
    const lock = lockOutput(root);
    const published = publishGeneration({
      lock,
      id,
      files: [
        ...files.filter(({ path }) => path !== QUESTIONS_PATH && path !== "manifest.json"),
        seal(textArtifact("manifest.json", without)),
      ],
    });
    expect(
      await confirmByCanary(lock, published, { url: "http://127.0.0.1:1", waitSeconds: 0 }),
    ).toEqual({
      skipped: "the generation is of a version that did not say what to ask",
    });
    lock.release();
    expect(readFileSync(join(root, "current", "manifest.json"), "utf8")).toBe(without);
  });
});
