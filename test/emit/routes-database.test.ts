import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "maxmind";
import { describe, expect, it } from "vitest";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { smallRoutes } from "../serve/small-routes.ts";

describe("emitRoutesDatabase", () => {
  it("gives every address its lists, read by somebody else's reader", async () => {
    const routes = smallRoutes(
      [
        ["192.0.2.0/24", 1],
        ["2001:db8::/32", 2],
      ],
      [[0], [1], [2]],
    );
    const { bytes, path } = emitRoutesDatabase(routes, { ids: [["x", "y", "z"]], builtAt: 1234 });
    expect(path).toBe("routes.mmdb");
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-routes-"));
    writeFileSync(join(folder, path), bytes);
    const reader = await open(join(folder, path));
    rmSync(folder, { recursive: true });
    const answers = ["192.0.2.9", "192.0.3.0", "2001:db8::1", "2001:db9::", "::ffff:192.0.2.1"].map(
      (address) => reader.get(address),
    );
    expect(answers).toEqual(["y", "x", "z", "x", "y"].map((all) => ({ lists: { all } })));
    expect(reader.metadata.buildEpoch).toEqual(new Date(1_234_000));
    expect(reader.metadata.databaseType).toBe("mirrorpress-routes");
  });

  it("refuses a list without an id", () => {
    const routes = smallRoutes([["192.0.2.0/24", 1]], [[0], [1]]);
    expect(() => emitRoutesDatabase(routes, { ids: [["x"]], builtAt: 0 })).toThrow("list number 1");
  });
});
