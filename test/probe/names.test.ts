import { expect, test } from "vitest";
import { ResolveError, type Resolver } from "../../src/net/resolver.ts";
import { rememberNames } from "../../src/probe/names.ts";

/** Answers when it is told to, or fails when whoever asked gives up. */
function slowResolver() {
  const waiting: (() => void)[] = [];
  let asked = 0;
  const resolver: Resolver = {
    resolve: (_host, _family, signal) => {
      asked++;
      return new Promise((resolve, reject) => {
        waiting.push(() => resolve(["192.0.2.1"]));
        signal.addEventListener("abort", () => reject(new ResolveError("unanswered", "given up")));
      });
    },
  };
  return {
    resolver,
    answer: () => {
      for (const each of waiting) each();
    },
    asked: () => asked,
  };
}

test("rememberNames asks once for all who ask, and anew where the first gave up", async () => {
  const slow = slowResolver();
  const names = rememberNames(slow.resolver);
  const never = new AbortController().signal;
  const both = [names.resolve("a.example", 4, never), names.resolve("a.example", 4, never)];
  slow.answer();
  expect(await Promise.all(both)).toEqual([["192.0.2.1"], ["192.0.2.1"]]);
  expect(slow.asked()).toBe(1);

  const first = new AbortController();
  const given = names.resolve("b.example", 4, first.signal);
  first.abort();
  await expect(given).rejects.toThrow("given up");
  const again = names.resolve("b.example", 4, never);
  slow.answer();
  expect(await again).toEqual(["192.0.2.1"]);
  expect(slow.asked()).toBe(3);
});
