/** A send that its user ends amid a file, and that goes on. */

import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { loggedIn } from "../../end_to_end/fixtures/logged_in.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";

Deno.test("Ctrl-C amid a send says what was sent, and the same command goes on", async () => {
  await using logged = await loggedIn();
  const { folder, config, server, run } = logged;
  const file = join(folder, "large.bin");
  const size = 400_000_000;
  await Deno.writeFile(file, new Uint8Array(size));
  const program = startProgram("client", ["send", file, "--dir", config]);
  const stderr = program.stderr.pipeThrough(new TextDecoderStream());
  let shown = "";
  for await (const text of stderr) {
    const isFirst = !/large\.bin: \d+/.test(shown);
    shown += text;
    if (isFirst && /large\.bin: \d+/.test(shown)) program.kill("SIGINT");
  }
  await program.stdout.cancel();
  const { code } = await program.status;
  strictEqual(code, 130);
  match(shown, /Interrupted: 0 files sent to .*; 1 left, and the same command goes on from there/);
  doesNotMatch(shown, /verified/);
  const again = await run("send", file);
  strictEqual(again.code, 0, again.stderr);
  await server.stop();
  const [, bytes = ""] = /bytes-received (\d+)/.exec(await server.logged(/Stopped/)) ?? [];
  ok(Number(bytes) < size + 40_000_000, `${bytes} bytes were received`);
});
