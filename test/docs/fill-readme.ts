/**
 * `npm run readme`: runs the commands whose output README.md shows, and puts what they print between
 * the markers. Builds the example network into output/ and needs nginx and curl.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { startPreview } from "../../src/cli/preview.ts";
import { fillBlocks } from "./blocks.ts";

const README = "README.md";
/** Europe by place; a campus with a mirror, by the alias of a version; a module over IPv6. */
const QUESTIONS = [
  ["193.0.6.139", "/mirrorlist/9/baseos"],
  ["18.9.0.1", "/mirrorlist/8/baseos"],
  ["2001:67c:2e8:22::c100:68b", "/mirrorlist/10-kitten/appstream"],
] as const;

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const mirrorpress = (...args: string[]) => run(process.execPath, "dist/src/cli.js", ...args);

const texts = new Map([
  ["npm start", mirrorpress("build")],
  ["npx mirrorpress explain 193.170.1.1", mirrorpress("explain", "193.170.1.1")],
  ["curl", await askPreview()],
]);
writeFileSync(README, fillBlocks(readFileSync(README, "utf8"), texts));

async function askPreview(): Promise<string> {
  const { nginx } = await startPreview("output", 8080);
  try {
    const answers = QUESTIONS.map(([client, path]) => {
      const [header, url] = [`X-Forwarded-For: ${client}`, nginx.url + path];
      return `$ curl -H '${header}' ${url}\n${run("curl", "--silent", "-H", header, url)}`;
    });
    return answers.join("\n");
  } finally {
    await nginx.stop();
  }
}
