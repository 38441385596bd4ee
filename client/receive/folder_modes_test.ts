import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { TreeReceiver } from "./receive_tree.ts";

const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test({
  name: "TreeReceiver gives folders that it makes their permissions, before anything is in them",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    const contents = new TextEncoder().encode("secret");
    const remote = new ScriptedFiles([
      { path: "photos/all", mode: 0o777 },
      { path: "photos/mine", mode: 0o755 },
      { path: "photos/private", mode: 0o700 },
      { path: "photos/private/x", contents },
      { path: "photos/read only", mode: 0o555 },
      { path: "photos/read only/link", target: "x" },
      { path: "photos/read only/x", contents },
      { path: "photos/unknown" },
    ]);
    // One that was there before stays as it is.
    await Deno.mkdir(join(folder, "photos/mine"), { recursive: true, mode: 0o700 });
    const failed: string[] = [];
    const filled: number[] = [];
    remote.send = (all) => {
      filled.push(modeOf(join(folder, "photos/private")));
      return [all];
    };
    await new TreeReceiver({
      ...{ remote, folder, allLinks: false, parallel: 1, retries: 0 },
      clock: new TestClock({ skips: () => true }),
      onConflict: () => Promise.resolve("refuse"),
      onProgress: () => {},
      onReceived: ({ status, entry }) => {
        if (status === "failed") failed.push(entry.path.join("/"));
      },
    }).receive(ScriptedFiles.entry({ path: "photos" }), "photos");
    deepStrictEqual(failed, []);
    deepStrictEqual(filled, [0o700, 0o700]);
    const modes = ["all", "mine", "private", "read only"].map((name) =>
      modeOf(join(folder, "photos", name))
    );
    deepStrictEqual(modes, [0o777, 0o700, 0o700, 0o555]);
    strictEqual(await Deno.readTextFile(join(folder, "photos/read only/x")), "secret");
    await Deno.chmod(join(folder, "photos/read only"), 0o755);
  },
});
