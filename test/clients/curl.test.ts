/** curl, and the habits of scripts that call it: a look at the headers, compression, validators. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { type Preview, startPreview } from "../../src/cli/preview.ts";
import { hasNginx } from "../serve/mounted-nginx.ts";
import { BUILT_AT, writeSmallNetwork } from "../support/small-network.ts";
import { processOptions } from "./dnf.ts";

describe.skipIf(!hasNginx() || !hasCurl())("curl with nginx", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-curl-"));
  let preview: Preview;

  beforeAll(async () => {
    const configPath = writeSmallNetwork(join(folder, "network"));
    const output = join(folder, "output");
    const options = { configPath, output, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
    await buildNetwork(options, () => {});
    preview = await startPreview(output);
  });
  afterAll(async () => {
    await preview?.nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function curl(path: string, ...options: readonly string[]): Promise<string> {
    const argv = ["--silent", "--show-error", ...options, `${preview.nginx.url}${path}`];
    return (await promisify(execFile)("curl", argv, processOptions(folder))).stdout;
  }

  const LIST = "/mirrorlist/9/baseos?ip=193.170.1.1";
  const OTHER_LIST = "/mirrorlist/9/baseos?ip=192.41.192.1";

  it("sees with --head what it would get, and gets nothing", async () => {
    const [head, dumped] = [await curl(LIST, "--head"), join(folder, "headers")];
    await curl(LIST, "--dump-header", dumped, "--output", "/dev/null");
    expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    const names = (headers: string) => headers.match(/^[\w-]+(?=:)/gm)?.sort();
    const whole = names(readFileSync(dumped, "utf8"));
    // How long an answer is, is known when it has been filled in.
    expect(names(head)).toEqual(whole?.filter((name) => name !== "Transfer-Encoding"));
  });

  it("decodes with --compressed what it gets without", async () => {
    const headers = join(folder, "headers");
    const decoded = await curl(LIST, "--compressed", "--dump-header", headers);
    expect(readFileSync(headers, "utf8")).toMatch(/^Content-Encoding: gzip\r$/m);
    expect(decoded).toBe(await curl(LIST));
    expect(decoded.split("\n")).toHaveLength(6);
  });

  it("keeps with --etag-compare what is unchanged, and never takes another list for it", async () => {
    const etag = join(folder, "etag");
    const conditionally = (path: string) =>
      curl(path, "--etag-compare", etag, "--write-out", "%{http_code}");
    const first = await curl(LIST, "--etag-save", etag);
    expect(readFileSync(etag, "utf8")).toMatch(/^(?:W\/)?"[^"]+"\s*$/);
    expect(await conditionally(LIST)).toBe("304");
    const other = await conditionally(OTHER_LIST);
    expect(other).toMatch(/^http:.*\n200$/s);
    expect(other).not.toContain(first);
  });

  it("fails with --fail on what does not exist", async () => {
    await expect(curl("/mirrorlist/80/baseos", "--fail")).rejects.toMatchObject({ code: 22 });
  });
});

/** On a build server a missing curl is an error, so that these tests cannot vanish unnoticed. */
function hasCurl(): boolean {
  if (spawnSync("curl", ["--version"], processOptions("/")).status === 0) return true;
  if (process.env["CI"] === "true") throw new Error("missing: apt-get install curl");
  process.stderr.write("SKIPPED: tests with the real curl: apt-get install curl\n");
  return false;
}
