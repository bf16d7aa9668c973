/**
 * The floor under every figure: reads the input files through one window and writes as many bytes
 * as the output has. Arguments: bytes to write, where to, the input files.
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const [bytes = "0", output = "", ...inputs] = process.argv.slice(2);
const window = new Uint8Array(1 << 20);

for (const input of inputs) {
  const file = openSync(input, "r");
  while (readSync(file, window) > 0);
  closeSync(file);
}

const file = openSync(output, "w");
for (let left = Number(bytes); left > 0; left -= window.length) {
  writeSync(file, window, 0, Math.min(left, window.length));
}
closeSync(file);
