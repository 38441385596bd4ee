import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { QUIRKS } from "../protocol3/connection/quirks.ts";
import { SHELLS } from "../settings/completions_settings.ts";
import { runCompletions, suggestions } from "./run_completions.ts";

/** What the last word may become, as text; a file as its kind in brackets. */
function texts(...words: readonly string[]): readonly string[] {
  return suggestions(words).map((one) => one.kind === "literal" ? one.text : `[${one.type}]`);
}

/** What is completed to what. */
const COMPLETED: readonly (readonly [words: readonly string[], texts: readonly string[]])[] = [
  [[""], ["send", "probe", "doctor", "identity", "completions", "help", "[any]"]],
  [["pro"], ["probe", "[any]"]],
  [["--pac"], ["--packet-size", "--packet-delay"]],
  [["--he"], ["--help"]],
  [["send", ""], ["[any]"]],
  [["help", "do"], ["doctor"]],
  [["help", "doctor", ""], []],
  [["--dir", ""], ["[directory]"]],
  // Beside this text the shell is told, out of sight here, to complete the folder in it.
  [["--dir=ho"], ["--dir=ho"]],
  [["--revision", "2023"], ["2023a", "2023c"]],
  [["a.txt", "--revision=2024"], ["--revision=2024a", "--revision=2024c"]],
  [["--compat", "pad"], ["pad-last", "pad-65535"]],
  [["probe", "--ver"], ["--verbose", "--version"]],
  [["completions", ""], [...SHELLS]],
  [["completions", "po"], ["powershell"]],
  [["completions", "bash", ""], []],
];

for (const [words, expected] of COMPLETED) {
  Deno.test(`suggestions() completes ${JSON.stringify(words.join(" "))}`, () => {
    deepStrictEqual(texts(...words), expected);
  });
}

Deno.test("suggestions() has the flags of the command, and no others", () => {
  const doctor = texts("doctor", "--");
  for (const flag of ["--dir", "--server", "--timeout", "--json"]) ok(doctor.includes(flag), flag);
  for (const flag of ["--retries", "--name", "--compat"]) ok(!doctor.includes(flag), flag);
  ok(texts("--").includes("--retries"));
  deepStrictEqual(texts("--compat", ""), Object.keys(QUIRKS));
});

for (const shell of SHELLS) {
  Deno.test(`The script for ${shell} asks the program, and gets an answer without a fault`, () => {
    let script = "";
    const settings = { command: "completions", shell } as const;
    runCompletions({ ...settings, words: undefined }, (text) => script += text);
    match(script, new RegExp(`completions'?,? '?${shell}`));
    match(script, /sealpost/);
    let answer = "";
    runCompletions({ ...settings, words: ["doc"] }, (text) => answer += text);
    match(answer, /doctor/);
    strictEqual(answer.includes("probe"), false);
  });
}
