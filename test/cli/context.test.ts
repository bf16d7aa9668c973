import { expect, test } from "vitest";
import { commandName } from "../../src/cli/context.ts";

test.each([
  ["/home/me/mirrorpress/dist/src/cli.js", "/home/me/mirrorpress", "npx mirrorpress"],
  ["/home/me/mirrorpress/dist/src/cli.js", "/home/me/mirrorpress/test", "npx mirrorpress"],
  ["/home/me/mirrorpress/dist/src/cli.js", "/home/me", "node mirrorpress/dist/src/cli.js"],
  ["/home/me/my press/dist/src/cli.js", "/home/me/x", "node '../my press/dist/src/cli.js'"],
  ["/srv/net/node_modules/.bin/mirrorpress", "/srv/net", "npx mirrorpress"],
  ["/usr/local/bin/mirrorpress", "/srv/net", "mirrorpress"],
])("commandName: %s from %s is run by %s", (script, folder, command) => {
  expect(commandName(script, folder)).toBe(command);
});
