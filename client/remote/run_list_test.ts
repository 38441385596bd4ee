import { strictEqual } from "node:assert/strict";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { writtenContext } from "../../tests/protocol4/fixtures/written_context.ts";
import { Output } from "../../shared/settings/output.ts";
import type { OpenRemote } from "./remotes.ts";
import { runList } from "./run_list.ts";

Deno.test("runList() asks for no more when nobody reads what it writes", async () => {
  let listed = 0;
  const remote = {
    async *list() {
      for (; listed < 1_000; listed++) {
        yield await Promise.resolve(ScriptedFiles.entry({ path: `${listed}` }));
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } as unknown as OpenRemote;
  let lines = 0;
  const stdout = new Output({
    writeSync(bytes: Uint8Array) {
      if (++lines > 3) throw new Deno.errors.BrokenPipe("Broken pipe");
      return bytes.byteLength;
    },
  }, "standard output");
  const { context } = writtenContext();
  const settings = {
    ...{ command: "ls" as const, server: undefined, dir: undefined, timeout: 1, verbose: false },
    ...{ paths: [], long: false, recursive: true, json: false, quiet: false },
  } as const;
  const open = () => Promise.resolve(remote);
  strictEqual(await runList(settings, { ...context, stdout }, { open }), 0);
  strictEqual(listed, 3);
});
