import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";

const MODULE = join(import.meta.dirname, "..", "..", "dist", "src", "cli", "interrupt.js");

/** A process whose work says that it has begun, and takes `undoMs` to end once it is interrupted. */
async function begin(undoMs: number): Promise<ChildProcess & { said: () => string }> {
  const program = `
    import { interruptible } from ${JSON.stringify(MODULE)};
    await interruptible(async (interrupt) => {
      const alive = setInterval(() => {}, 1000);
      const aborted = new Promise((resolve) => interrupt.addEventListener("abort", resolve));
      process.stdout.write("begun ");
      await aborted;
      await new Promise((resolve) => setTimeout(resolve, ${undoMs}));
      clearInterval(alive);
      process.stdout.write("undone ");
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child.stdout, "data");
  return Object.assign(child, { said: () => said });
}

async function endOf(child: ChildProcess): Promise<unknown> {
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return signal ?? code;
}

test("interruptible lets the work undo what it began, and ends by the signal", async () => {
  const child = await begin(0);
  child.kill("SIGTERM");
  expect(await endOf(child)).toBe("SIGTERM");
  expect(child.said()).toBe("begun undone ");
});

test("interruptible takes signals that come together for one", async () => {
  const child = await begin(300);
  for (let time = 0; time < 5; time++) {
    child.kill("SIGINT");
    await setTimeout(20);
  }
  expect(await endOf(child)).toBe("SIGINT");
  expect(child.said()).toBe("begun undone ");
});

test("interruptible ends at once by a signal that comes later", async () => {
  const child = await begin(60_000);
  child.kill("SIGINT");
  await setTimeout(1300);
  child.kill("SIGTERM");
  expect(await endOf(child)).toBe("SIGTERM");
  expect(child.said()).toBe("begun ");
});
