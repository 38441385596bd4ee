import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { writtenContext } from "../../tests/protocol4/fixtures/written_context.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { Output } from "../../shared/settings/output.ts";
import type { RemoteEntry } from "../remote/remote_files.ts";
import type { ClientIo } from "../client_io.ts";
import { toStandardOutput } from "./to_standard_output.ts";

for (
  const [what, fault, expected] of [
    ["nobody reads", new Deno.errors.BrokenPipe("Broken pipe"), 0],
    ["has no room", Object.assign(new Error("No space left"), { code: "ENOSPC" }), 2],
  ] as const
) {
  Deno.test(`toStandardOutput() fetches no more for an output that ${what}`, async () => {
    const file = { path: "large", contents: new Uint8Array(100) };
    const remote = new ScriptedFiles([file]);
    let pieces = 0;
    remote.read = () =>
      Promise.resolve((async function* () {
        for (let at = 0; at < 100; at += 10) {
          pieces++;
          yield await Promise.resolve(file.contents.subarray(at, at + 10));
        }
      })());
    let written = 0;
    const stream = {
      writeSync(bytes: Uint8Array) {
        if (written >= 30) throw fault;
        written += bytes.byteLength;
        return bytes.byteLength;
      },
    };
    const { context } = writtenContext();
    const stdout = new Output(stream, "standard output");
    const options = { remote, retries: 0, json: false };
    const entries = [ScriptedFiles.entry(file)];
    strictEqual(await toStandardOutput(entries, options, { ...context, stdout }), expected);
    strictEqual(pieces, 4);
  });
}

Deno.test("toStandardOutput() takes one file and no JSON, or asks for no contents", async () => {
  const file = { path: "a", contents: new Uint8Array(10) };
  const remote = new ScriptedFiles([file]);
  remote.read = () => Promise.reject(new Error("Nothing is to be read"));
  const entry = ScriptedFiles.entry(file);
  const folder: RemoteEntry = { path: ["photos"], kind: "folder" };
  const { context } = writtenContext();
  const rows = [[[], false], [[entry, entry], false], [[folder], false], [[entry], true]] as const;
  for (const [entries, json] of rows) {
    const options = { remote, retries: 0, json };
    await rejects(toStandardOutput(entries, options, context), { reason: "bad-command-line" });
  }
});

Deno.test("toStandardOutput() says when other contents came than were announced", async () => {
  const file = { path: "a", contents: new Uint8Array(10) };
  const remote = new ScriptedFiles([file]);
  const entry = ScriptedFiles.entry(file);
  const { context } = writtenContext();
  const options = { remote, retries: 0, json: false };
  strictEqual(await toStandardOutput([entry], options, context), 0);
  remote.read = () =>
    Promise.resolve((async function* () {
      yield await Promise.resolve(new Uint8Array(10).fill(1));
    })());
  await rejects(toStandardOutput([entry], options, context), { reason: "checksum-mismatch" });
});

Deno.test("Ctrl-C amid what goes to standard output says that only a part came", async () => {
  const file = { path: "large", contents: new Uint8Array(100) };
  const remote = new ScriptedFiles([file]);
  let interrupt = () => {};
  remote.read = () =>
    Promise.resolve((async function* () {
      yield await Promise.resolve(file.contents.subarray(0, 10));
      interrupt();
      yield file.contents.subarray(10);
    })());
  const { context, written } = writtenContext();
  const codes: number[] = [];
  const io: ClientIo = {
    ...context.io,
    onSignal: (signal, handler) => void (signal === "SIGINT" && (interrupt = handler)),
    // `Deno.exit()` would not return.
    exit: (code) => codes.push(code) as never,
  };
  const options = { remote, retries: 0, json: false };
  await toStandardOutput([ScriptedFiles.entry(file)], options, { ...context, io });
  deepStrictEqual(codes, [130]);
  strictEqual(written().errors, 'Interrupted: only a part of "large" came\n');
});
