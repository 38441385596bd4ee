import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { groupOf, GROUPS, LONG, testFiles } from "./groups.ts";

Deno.test("Every test file is in a group, or one of those that take long", async () => {
  const files = await testFiles();
  assert(files.length > 200, `only ${files.length} files were found`);
  const left = files.filter((file) => groupOf(file) === undefined && !file.startsWith(`${LONG}/`));
  assert.deepEqual(left, [], "which belong into tests/groups/groups.ts");
});

Deno.test("groupOf() takes the innermost folder", () => {
  assert.equal(groupOf("client/protocol3/session_test.ts"), "protocol3");
  assert.equal(groupOf("server/listening/accepting/listener_test.ts"), "server");
  assert.equal(groupOf("tests/long/soak/crowd_test.ts"), undefined);
  assert.equal(groupOf("elsewhere/a_test.ts"), undefined);
});

Deno.test("Each group has a module that runs it", async () => {
  const folder = fileURLToPath(new URL("run/", import.meta.url));
  const modules: string[] = [];
  for await (const { name } of Deno.readDir(folder)) modules.push(name);
  assert.deepEqual(modules.sort(), Object.keys(GROUPS).map((name) => `${name}.ts`).sort());
});
