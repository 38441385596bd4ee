import { fail, ok, rejects, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { RemoteFile } from "../remote/remote_files.ts";
import { TreeReceiver } from "./receive_tree.ts";

/** Answers once so many files were asked for, and counts how many are under way at most. */
class WaitingFiles extends ScriptedFiles {
  readonly #awaited: number;
  readonly #reached = Promise.withResolvers<void>();
  #running = 0;
  most = 0;

  constructor(size: number, { count, awaited }: { count: number; awaited: number }) {
    const contents = new Uint8Array(size);
    super(Array.from({ length: count }, (_, at) => ({ path: `photos/${at}`, contents })));
    this.#awaited = awaited;
  }

  override async read(file: RemoteFile, from: number): Promise<AsyncIterable<Uint8Array>> {
    this.most = Math.max(this.most, ++this.#running);
    if (this.#running === this.#awaited) this.#reached.resolve();
    await this.#reached.promise;
    // Who would ask for one more at once has done so.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#running--;
    return await super.read(file, from);
  }
}

for (const [size, awaited] of [[1_000, 8], [65_536, 8], [65_537, 2]] as const) {
  Deno.test(`TreeReceiver fetches ${awaited} files of ${size} bytes at a time`, async () => {
    await using folder = await temporaryFolder();
    const remote = new WaitingFiles(size, { count: 12, awaited });
    await new TreeReceiver({
      ...{ remote, folder: folder.path, allLinks: false, parallel: 2, retries: 0 },
      clock: new TestClock(),
      onConflict: () => Promise.resolve("refuse"),
      onProgress: () => {},
      onReceived: ({ status }) => strictEqual(status, "fetched"),
    }).receive(ScriptedFiles.entry({ path: "photos" }), "photos");
    strictEqual(remote.most, awaited);
  });
}

Deno.test("TreeReceiver ends the files under way when one of them ends the command", async () => {
  await using folder = await temporaryFolder();
  const contents = new Uint8Array(100);
  const remote = new ScriptedFiles(["a", "b"].map((name) => ({ path: `d/${name}`, contents })));
  const begun = Promise.withResolvers<void>();
  let pieces = 0;
  remote.read = async ({ path }) => {
    if (path.at(-1) === "a") {
      await begun.promise;
      throw new ClientError("Gone", { reason: "no-connection", exitCode: EXIT.noConnection });
    }
    return (async function* () {
      for (let at = 0; at < contents.byteLength; at++) {
        // What fails meanwhile has failed for all before the next piece.
        if (at > 0) await new Promise((resolve) => setTimeout(resolve, 0));
        pieces++;
        yield contents.subarray(at, at + 1);
        begun.resolve();
      }
    })();
  };
  const receiver = new TreeReceiver({
    ...{ remote, folder: folder.path, allLinks: false, parallel: 2, retries: 0 },
    clock: new TestClock(),
    onConflict: () => Promise.resolve("refuse"),
    onProgress: () => {},
    onReceived: ({ entry }) => fail(entry.path.join("/")),
  });
  await rejects(receiver.receive(ScriptedFiles.entry({ path: "d" }), "d"), /^ClientError: Gone$/);
  ok(pieces < contents.byteLength, `${pieces} pieces`);
});
