import assert from "node:assert/strict";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { memoryFolder } from "./memory_folder.ts";

Deno.test("memoryFolder() takes a folder in memory alone, and one with room", () => {
  const folder = memoryFolder("/dev/shm", 0);
  assert(folder === undefined || folder === "/dev/shm");
  assert.equal(memoryFolder("/dev/shm", Number.MAX_SAFE_INTEGER), undefined);
  assert.equal(memoryFolder("/proc", 0), undefined);
  assert.equal(memoryFolder("/nowhere", 0), undefined);
});

Deno.test("Files of tests in a group are in memory where there is such a folder", async () => {
  const folder = memoryFolder();
  const isGroup = Deno.mainModule.includes("/tests/groups/run/");
  await using made = await temporaryFolder();
  if (folder !== undefined && isGroup) assert(made.path.startsWith(`${folder}/`), made.path);
});
