import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ClientError } from "../client_error.ts";
import { type Conflict, conflictAsker, type ConflictChoice } from "./conflict_asker.ts";

const FILE: Conflict = { path: "a", there: "file", mayReplace: true };
const FOLDER: Conflict = { path: "b", there: "folder", mayReplace: false };

/** An asker whose user types these answers, and then Ctrl-C; null stands for it before. */
function asked(...answers: readonly (string | null)[]) {
  const typed = [...answers];
  const stream = { isTerminal: () => true };
  const onConflict = conflictAsker("ask", {
    io: { stdin: stream, stderr: stream, ask: () => typed.shift() ?? null },
    screen: { clear: () => {} },
  });
  return { onConflict, left: typed };
}

Deno.test("A question about a conflict takes whole answers alone", async () => {
  const rows: readonly (readonly [string, ConflictChoice])[] = [
    ["r", "replace"],
    ["replace", "replace"],
    [" Replace ", "replace"],
    ["s", "skip"],
    ["skip", "skip"],
    ["n", "rename"],
    ["number", "rename"],
    ["rename", "rename"],
    ["Rename", "rename"],
  ];
  for (const [answer, choice] of rows) {
    strictEqual(await asked(answer).onConflict(FILE), choice, answer);
  }
  for (const answer of ["", "re", "no", "rn", "yes", "rm", "skipp", "renam"]) {
    const { onConflict, left } = asked(answer, "s");
    strictEqual(await onConflict(FILE), "skip", answer);
    deepStrictEqual(left, [], `asked again after ${answer}`);
  }
});

Deno.test("An answer in upper case holds for all that follow, where it is possible", async () => {
  const { onConflict, left } = asked("RENAME");
  for (const conflict of [FILE, FOLDER, FILE]) strictEqual(await onConflict(conflict), "rename");
  deepStrictEqual(left, []);
  const replacing = asked("R", "r", "n");
  strictEqual(await replacing.onConflict(FILE), "replace");
  strictEqual(await replacing.onConflict(FOLDER), "rename");
  strictEqual(await replacing.onConflict(FILE), "replace");
});

Deno.test("Ctrl-C at a question about a conflict ends the command, and asks no other", async () => {
  // Files are fetched side by side, so that several come to a question.
  const { onConflict, left } = asked(null, "r", "r");
  const isEnd = (error: unknown) =>
    error instanceof ClientError && error.hopeless && error.exitCode === 130;
  await Promise.all([FILE, FILE, FOLDER].map((file) => rejects(onConflict(file), isEnd)));
  deepStrictEqual(left, ["r", "r"]);
});
