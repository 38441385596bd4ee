/** What is left of a fetch that finds no room on this system. */

import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError } from "../client_error.ts";
import { TreeReceiver } from "./receive_tree.ts";

/** Lets every write to a file find no room, until it is disposed of. */
function full(): Disposable {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.writeSync = writeSync) };
}

Deno.test("TreeReceiver ends at a full disk, and leaves no parts without contents", async () => {
  await using folder = await temporaryFolder();
  const paths = Array.from({ length: 40 }, (_, n) => `photos/${n}`);
  const contents = new TextEncoder().encode("contents");
  const remote = new ScriptedFiles(paths.map((path) => ({ path, contents })));
  const receiver = new TreeReceiver({
    ...{ remote, folder: folder.path, allLinks: false, parallel: 4, retries: 0 },
    clock: new TestClock({ skips: () => true }),
    onConflict: () => Promise.resolve("refuse"),
    onProgress: () => {},
    onReceived: ({ entry }) => ok(false, entry.path.join("/")),
  });
  {
    using _ = full();
    await rejects(
      receiver.receive(ScriptedFiles.entry({ path: "photos" }), "photos"),
      (error) =>
        error instanceof ClientError && error.hopeless && error.exitCode === 2 &&
        /the disk is full; make room on it/.test(error.message),
    );
  }
  ok(remote.reads.length < paths.length, `${remote.reads.length} files were fetched for nothing`);
  deepStrictEqual(Array.from(Deno.readDirSync(join(folder.path, "photos"))), []);
});
