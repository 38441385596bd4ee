/** What a client needs of memory for a folder of 100,000 small files. */

import { match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import { Stage } from "../../resume/stage.ts";

const FILES = 100_000;
const FOLDERS = 100;
const MOST = 200_000_000;

/**
 * Bytes that sending takes at the most: 143 MB were measured, and 191 MB without the flag
 * `--max-semi-space-size=4` of the task, which this would show.
 */
const MOST_SENDING = 170_000_000;

Deno.test({
  name: "A folder of 100,000 small files does not grow the client beyond 200 MB",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // Folders count too.
    await using stage = await Stage.open("--max-files-per-client", `${2 * FILES}`);
    const { folder } = stage;
    const source = join(folder, "source");
    for (let n = 0; n < FILES; n++) {
      const below = join(source, `${n % FOLDERS}`);
      if (n < FOLDERS) Deno.mkdirSync(below, { recursive: true });
      Deno.writeTextFileSync(join(below, `a file with a usual name ${n}.txt`), `${n}`);
    }
    // Each file that is fetched is synced: a part of them has to do.
    const part = Array.from({ length: FOLDERS / 10 }, (_, n) => `source/${n}`);
    const commands: readonly (readonly [number, readonly [string, ...string[]]])[] = [
      [FILES, ["send", source]],
      [FILES, ["send", source]],
      [FILES / 10, ["get", ...part, "-o", join(folder, "back")]],
    ];
    for (const [files, words] of commands) {
      const client = stage.start(...words);
      const [stdout, stderr] = [new Lines(client.stdout), new Lines(client.stderr)];
      let most = 0;
      let over = false;
      const ending = client.status.finally(() => over = true);
      while (!over) {
        most = Math.max(most, await mostMemory(client.pid) || 0);
        // The value never falls: the last look before the end has nearly all of it.
        await Promise.race([ending, new Promise((resolve) => setTimeout(resolve, 500))]);
      }
      await Promise.all([stdout.done, stderr.done]);
      strictEqual((await ending).code, 0, stderr.text);
      match(stdout.text, new RegExp(`\\b${files} (?:files|(?:was|were) there already)`));
      const bound = words[0] === "send" ? MOST_SENDING : MOST;
      ok(most > 0 && most < bound, `${words[0]}: ${most} bytes`);
    }
  },
});
