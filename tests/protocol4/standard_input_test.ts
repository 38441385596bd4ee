/** Standard input that is sent as a file. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { ClientIo } from "../../client/client_io.ts";
import { ClientError } from "../../client/client_error.ts";
import { runSendStream } from "../../client/send_tree/run_send_stream.ts";
import { type Computer, computer } from "./fixtures/computer.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { writtenContext } from "./fixtures/written_context.ts";

const SETTINGS = {
  ...{ files: ["-"], allowGrowing: false, json: false, quiet: false, verbose: false },
} as const;

/** Sends standard input; returns the exit code and what was written. */
async function sendStream(
  { tree }: Computer,
  { as, onConflict = "ask", read }: {
    readonly as: string;
    readonly onConflict?: "ask" | "skip" | "replace" | "rename";
    readonly read?: ClientIo["stdin"]["read"];
  },
) {
  const { context, written } = writtenContext(read);
  const settings = { ...SETTINGS, as, onConflict };
  const code = await runSendStream(settings, context, () => Promise.resolve(tree));
  return { code, ...written() };
}

Deno.test("standard input that cannot be read is said, and nothing is stored", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  const read = () => Promise.reject(new Deno.errors.IsADirectory("Is a directory (os error 21)"));
  await rejects(sendStream(here, { as: "a", read }), (error) => {
    strictEqual(error instanceof ClientError && error.exitCode, 2);
    match(String(error), /Cannot read standard input: Is a directory.*; nothing was stored$/);
    return true;
  });
  deepStrictEqual(await here.tree.entry(["a"]), undefined);
});

Deno.test("Ctrl-C while standard input is sent says that nothing was stored", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  let interrupt = () => {};
  const { context, written } = writtenContext(() => Promise.resolve(interrupt()).then(() => null));
  const codes: number[] = [];
  const io: ClientIo = {
    ...context.io,
    onSignal: (signal, handler) => void (signal === "SIGINT" && (interrupt = handler)),
    // `Deno.exit()` would not return.
    exit: (code) => codes.push(code) as never,
  };
  const open = () => Promise.resolve(here.tree);
  await runSendStream({ ...SETTINGS, as: "a", onConflict: "ask" }, { ...context, io }, open);
  deepStrictEqual(codes, [130]);
  match(written().errors, /^Interrupted: nothing was stored;/);
});

Deno.test("standard input is skipped or refused by what is there, and both are said", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  await using there = await computer(served, maya);
  strictEqual((await sendStream(there, { as: "folder/file" })).code, 0);
  const skipped = await sendStream(here, { as: "folder/file", onConflict: "skip" });
  deepStrictEqual([skipped.code, skipped.results], [0, '"folder/file" skipped\n']);
  const other =
    /"folder\/file" is a file there already; give another path, .* \(replace, skip or rename\)$/;
  await rejects(sendStream(here, { as: "folder/file" }), other);
  await rejects(sendStream(here, { as: "folder", onConflict: "replace" }), (error) => {
    match(
      String(error),
      /"folder" is a folder there already; give another path, .* \(skip or rename\)$/,
    );
    return true;
  });
});

Deno.test("standard input goes under the first free number where something else is", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  await using there = await computer(served, maya);
  for (const as of ["a/src.tar", "a/src (2).tar"]) await sendStream(there, { as });
  for (const [as, expected] of [["a/src.tar", "a/src (3).tar"], ["a", "a (2)"]] as const) {
    const sent = await sendStream(here, { as, onConflict: "rename" });
    deepStrictEqual(sent.code, 0);
    ok(sent.results.startsWith(`"${expected}" sent to `), sent.results);
    strictEqual((await here.tree.entry(expected.split("/")))?.kind, "file");
  }
});
