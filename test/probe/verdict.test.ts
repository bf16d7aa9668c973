import { describe, expect, it } from "vitest";
import type { ProbeReason } from "../../src/model/probe-reasons.ts";
import { NetError } from "../../src/net/failure.ts";
import type { HttpAnswer } from "../../src/net/http.ts";
import type { RepositoryFile } from "../../src/probe/plan.ts";
import {
  foldMissing,
  judgeFailure,
  judgeGreeting,
  judgeImage,
  judgeImages,
  judgeRepository,
  judgeTimestamp,
} from "../../src/probe/verdict.ts";
import { seededRandom } from "../support/random.ts";

const AT = 1_795_347_600;
const ALLOWED = 12 * 3600;
const SEED = 20_261_122;

const answerOf = (
  status: number,
  body = "",
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({
  ...{ status, headers, body: Buffer.from(body, "latin1"), url: "http://m.example/TIME" },
  ...{ redirects: 0, address: "192.0.2.1", family: 4, tookMs: 3 },
});

const timeOf = (answer: HttpAnswer, format: "unix" | "repomd" = "unix") =>
  judgeTimestamp(answer, { format, allowedOutdateSeconds: ALLOWED, at: AT, most: 1024 });

describe("judgeTimestamp", () => {
  it.each<[age: number, reason: ProbeReason, detail: string | undefined]>([
    [0, "ok", undefined],
    [ALLOWED, "ok", undefined],
    [ALLOWED + 1, "stale", "12 hours old, 12 hours are allowed"],
    [3 * 86_400 + 5, "stale", "3 days old, 12 hours are allowed"],
    [-3600, "ok", undefined],
    [-3601, "future", "60 minutes ahead"],
    [-86_400, "future", "24 hours ahead"],
  ])("of an age of %d s is %s", (age, reason, detail) => {
    const verdict = timeOf(answerOf(200, `${AT - age}\n`));
    expect(verdict).toMatchObject({ reason, updatedAt: AT - age });
    expect(verdict.detail).toBe(detail);
  });

  it.each<[status: number, body: string, reason: ProbeReason]>([
    [404, "not here", "missing-time"],
    [410, "gone", "missing-time"],
    [403, "no", "http-status"],
    [500, `${AT}`, "http-status"],
    [304, "", "http-status"],
    [204, "", "http-status"],
    [200, "", "bad-time"],
    [200, " \n", "bad-time"],
    [200, "yesterday", "bad-time"],
    [200, "<!DOCTYPE html><title>Log in</title>", "wrong-content"],
    [200, "\r\n <HTML>", "wrong-content"],
    [200, "1".repeat(1024), "too-large"],
  ])("of status %d with %j is %s", (status, body, reason) => {
    expect(timeOf(answerOf(status, body)).reason).toBe(reason);
  });

  it("believes the content, not its type", () => {
    const html = { "content-type": "text/html" };
    expect(timeOf(answerOf(200, String(AT), html)).reason).toBe("ok");
    expect(timeOf(answerOf(200, "welcome", html)).reason).toBe("wrong-content");
  });

  it("tells a repomd.xml without a time from what is none", () => {
    expect(timeOf(answerOf(200, "<repomd></repomd>"), "repomd").reason).toBe("bad-time");
    expect(timeOf(answerOf(200, "<metalink/>"), "repomd").reason).toBe("wrong-content");
  });

  it("keeps the end of the certificate, whatever comes of the rest", () => {
    const answer = { ...answerOf(404), certificate: { expiresAt: AT + 86_400 } };
    expect(timeOf(answer)).toMatchObject({ reason: "missing-time", expiresAt: AT + 86_400 });
  });

  it("shows of a mirror's text one short line that steers no terminal", () => {
    const { detail = "" } = timeOf(answerOf(200, `\u001b[31m\n${"a".repeat(500)}`));
    expect(detail.length).toBeLessThan(60);
    expect(detail).not.toMatch(/\p{Cc}/u);
  });
});

describe("judgeRepository", () => {
  const repomd = '<?xml version="1.0"?>\n<repomd xmlns="a">';
  it.each<[status: number, body: string, reason: ProbeReason]>([
    [206, repomd, "ok"],
    [200, repomd, "ok"],
    [200, "<repomd>", "ok"],
    [200, "<repomds>", "wrong-content"],
    [200, `${" ".repeat(1024)}<repomd>`, "wrong-content"],
    [200, "", "wrong-content"],
    [416, "", "wrong-content"],
    [200, "<html>", "wrong-content"],
    [404, "", "missing-repo"],
    [410, "", "missing-repo"],
    [403, repomd, "http-status"],
    [503, "", "http-status"],
  ])("of status %d with %j is %s", (status, body, reason) => {
    expect(judgeRepository(answerOf(status, body)).reason).toBe(reason);
  });

  it("says nothing of a file that was asked for in haste", () => {
    expect(judgeRepository(answerOf(429)).reason).toBe("skipped");
    expect(judgeRepository(answerOf(503, "", { "retry-after": "9" })).reason).toBe("skipped");
  });
});

describe("judgeImages", () => {
  const image = (status: number, type = "application/octet-stream") =>
    judgeImage(answerOf(status, "", { "content-type": type }), `${status}.iso`);

  it("is ok of a whole set", () => {
    expect(judgeImages([image(200), image(206)]).reason).toBe("ok");
    expect(judgeImages([]).reason).toBe("ok");
  });

  it("tells of what is missing first, then of other faults, then of what is not known", () => {
    const skipped = { reason: "skipped" } as const;
    const all = [image(200), skipped, image(500), image(404), image(200, "text/html"), image(404)];
    expect(judgeImages(all)).toMatchObject({
      reason: "missing-isos",
      detail: "missing 404.iso and 1 more",
    });
    expect(judgeImages([image(200), skipped, image(500)]).reason).toBe("http-status");
    expect(judgeImages([image(200), image(200, "text/html; charset=utf-8")]).reason).toBe(
      "wrong-content",
    );
    expect(judgeImages([image(200), skipped]).reason).toBe("skipped");
  });
});

describe("judgeGreeting", () => {
  it.each<[greeting: string, reason: ProbeReason]>([
    ["@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4", "ok"],
    ["@RSYNCD: 27", "ok"],
    ["@RSYNCD:", "protocol"],
    ["@ERROR: max connections", "protocol"],
    ["SSH-2.0-OpenSSH_9.2", "protocol"],
    ["", "protocol"],
  ])("of %j is %s", (greeting, reason) => {
    expect(judgeGreeting(Buffer.from(greeting)).reason).toBe(reason);
  });
});

it("judgeFailure keeps what is known of the failure", () => {
  const details = { url: "https://m.example/TIME", expiresAt: 5 };
  const error = new NetError("tls", "the certificate has expired", details);
  expect(judgeFailure(error)).toEqual({
    ...{ reason: "tls", detail: "the certificate has expired" },
    ...details,
  });
  expect(judgeFailure(new NetError("cancelled", "given up")).reason).toBe("deadline");
});

it("judgeFailure tells the records of another host from the mirror's own", () => {
  const asked = "https://m.example/TIME";
  const at = (url: string) => new NetError("dns-missing", "no such name", { url });
  expect(judgeFailure(at(asked), asked).reason).toBe("dns");
  expect(judgeFailure(at("https://other.example/TIME"), asked).reason).toBe("redirect");
});

describe("foldMissing", () => {
  const file = (directory: string, repo: string, arch: string | undefined): RepositoryFile => ({
    ...{ check: `repo:${directory}/${repo}/${arch ?? ""}`, directory, arch, path: "" },
  });

  it(`names the widest thing of which nothing is there, seed ${SEED}`, () => {
    const random = seededRandom(SEED);
    const reasons = ["missing-repo", "missing-repo", "missing-repo", "ok", "timeout"] as const;
    let folded = 0;
    for (let round = 0; round < 500; round++) {
      const files = ["8", "9", "10"].flatMap((directory) =>
        ["x", "y"].flatMap((arch) =>
          ["a", "b"].filter(() => random() < 0.8).map((repo) => file(directory, repo, arch)),
        ),
      );
      const verdicts = new Map(
        files.map(({ check }) => {
          const reason = reasons[Math.floor(random() * reasons.length)] ?? "ok";
          return [check, { reason }] as const;
        }),
      );
      const result = foldMissing(files, verdicts);
      for (const each of files) {
        const isGone = (other: RepositoryFile) =>
          verdicts.get(other.check)?.reason === "missing-repo";
        const ofVersion = files.filter(({ directory }) => directory === each.directory);
        const ofArch = ofVersion.filter(({ arch }) => arch === each.arch);
        const expected = ofVersion.every(isGone)
          ? "missing-version"
          : ofArch.every(isGone)
            ? "missing-arch"
            : verdicts.get(each.check)?.reason;
        expect(result.get(each.check)?.reason).toBe(expected);
        if (expected !== verdicts.get(each.check)?.reason) folded += 1;
      }
    }
    expect(folded).toBeGreaterThan(500);
  });

  it("leaves details as they are", () => {
    const only = file("9", "a", "x");
    const verdicts = new Map([[only.check, { reason: "missing-repo", detail: "404" } as const]]);
    expect(foldMissing([only], verdicts).get(only.check)).toEqual({
      ...{ reason: "missing-version", detail: "404" },
    });
  });
});
