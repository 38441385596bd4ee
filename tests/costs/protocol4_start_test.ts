/**
 * What the start of a client loads that sends a small file over protocol 4. Its processor time is
 * measured in tests/long/.
 */
import { ok, strictEqual } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { loggedIn } from "../end_to_end/fixtures/logged_in.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { runLoading } from "./loaded_modules.ts";

/** Modules of our own that are enough to send a file, with room for one more. */
const MOST_MODULES = 74;

/**
 * Steps of them that are enough, and bytes of their sources: 3,448 and 338,976 were counted. What
 * takes 30 ms of the processor is a million steps, or twice as many modules.
 */
const MOST_STEPS = 10_000;
const MOST_BYTES = 400_000;

/** What is for large files, other commands, other protocols, and keys that were changed. */
const NEEDLESS =
  /protocol3\/|client\/(?:plan|batch)\/|(?:(?:upload|stream|batch)_sender|proven_server)\.ts$/;

Deno.test("A file over protocol 4 loads and does little, and nothing of 3 or of Node", async () => {
  await using logged = await loggedIn();
  const { path } = await makeFile(logged.folder, { name: "small.bin", size: 1024 });
  const run = await runLoading(["send", path, "--dir", logged.config, "--quiet"]);
  // Nothing of Node either: each use of a global that loads it would be a line.
  strictEqual(run.stderr, "");
  strictEqual(run.code, 0);
  const root = pathToFileURL(ROOT).href;
  const modules = run.modules.map((module) => module.slice(root.length));
  ok(modules.includes("client/protocol4/sending/create_file.ts"), modules.join("\n"));
  ok(modules.every((module) => /^(?:client|shared)\//.test(module)), modules.join("\n"));
  ok(modules.length <= MOST_MODULES, `${modules.length} modules`);
  ok(run.steps <= MOST_STEPS, `${run.steps} steps`);
  const sizes = await Promise.all(run.modules.map(async (url) => await Deno.stat(new URL(url))));
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
  ok(bytes <= MOST_BYTES, `${bytes} bytes of sources`);
  strictEqual(modules.filter((module) => NEEDLESS.test(module)).join(), "");
});
