/** What is left of a fetch that finds no room on this system. */

import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError } from "../client_error.ts";
import { TreeReceiver } from "./receive_tree.ts";

/** Lets every write to a file fail with a code of the system, until it is disposed of. */
function failing(code: string): Disposable {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw Object.assign(new Error("It failed"), { code });
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
    using _ = failing("ENOSPC");
    await rejects(
      receiver.receive(ScriptedFiles.entry({ path: "photos" }), "photos"),
      (error) =>
        error instanceof ClientError && error.hopeless && error.exitCode === 2 &&
        error.reason === "file-not-writable" &&
        /the disk is full; make room on it/.test(error.message),
    );
  }
  ok(remote.reads.length < paths.length, `${remote.reads.length} files were fetched for nothing`);
  deepStrictEqual(Array.from(Deno.readDirSync(join(folder.path, "photos"))), []);
});

Deno.test("TreeReceiver tells of each file that is not writable, and fetches others", async () => {
  await using folder = await temporaryFolder();
  const contents = new TextEncoder().encode("contents");
  const remote = new ScriptedFiles([
    { path: "photos/a", contents },
    { path: "photos/empty", contents: new Uint8Array() },
    { path: "photos/b", contents },
  ]);
  const told: string[] = [];
  const receiver = new TreeReceiver({
    ...{ remote, folder: folder.path, allLinks: false, parallel: 1, retries: 0 },
    clock: new TestClock({ skips: () => true }),
    onConflict: () => Promise.resolve("refuse"),
    onProgress: () => {},
    onReceived(received) {
      const { status, entry } = received;
      const how = status === "failed"
        ? `${received.error.reason} ${received.error.exitCode}`
        : status;
      told.push(`${entry.path.join("/")}: ${how}`);
    },
  });
  {
    using _ = failing("EFBIG");
    await receiver.receive(ScriptedFiles.entry({ path: "photos" }), "photos");
  }
  deepStrictEqual(told.sort(), [
    "photos/a: file-not-writable 2",
    "photos/b: file-not-writable 2",
    "photos/empty: fetched",
  ]);
});
