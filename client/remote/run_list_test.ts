import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { writtenContext } from "../../tests/protocol4/fixtures/written_context.ts";
import { Output } from "../../shared/settings/output.ts";
import type { OpenRemote } from "./remotes.ts";
import { runList } from "./run_list.ts";

const SETTINGS = {
  ...{ command: "ls" as const, server: undefined, dir: undefined, timeout: 1, verbose: false },
  ...{ paths: [], long: false, recursive: true, json: false, quiet: false },
} as const;

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
  const open = () => Promise.resolve(remote);
  strictEqual(await runList(SETTINGS, { ...context, stdout }, { open }), 0);
  strictEqual(listed, 3);
});

Deno.test("runList() lists the other paths where one is missing, and fails", async () => {
  for (const json of [false, true]) {
    const remote = {
      server: "host:1",
      entry: ([name = ""]: readonly string[]) =>
        Promise.resolve(name === "gone" ? undefined : ScriptedFiles.entry({ path: name })),
      async *list([name = ""]: readonly string[]) {
        yield await Promise.resolve(ScriptedFiles.entry({ path: `${name}/in` }));
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } as unknown as OpenRemote;
    const { context, written } = writtenContext();
    const open = () => Promise.resolve(remote);
    const settings = { ...SETTINGS, paths: ["a", "gone", "b"], json };
    strictEqual(await runList(settings, context, { open }), 4);
    const { results, errors } = written();
    strictEqual(errors, 'Fatal: There is no file "gone" at host:1; "ls" shows what there is\n');
    if (!json) strictEqual(results, "a/in/\nb/in/\n");
    else {
      const lines = results.trim().split("\n").map((line) => JSON.parse(line));
      deepStrictEqual(lines.map(({ path, reason }) => [path, reason]), [
        ["a/in", undefined],
        ["gone", "entry-missing"],
        ["b/in", undefined],
      ]);
    }
  }
});
