import { deepStrictEqual, ok } from "node:assert/strict";
import { QUIRKS } from "../settings/send_settings.ts";
import { SHELLS } from "../settings/commands.ts";
import { suggestions } from "./suggestions.ts";

/** The suggestions for the last word as text; a path as its kind in brackets. */
function texts(...words: readonly string[]): readonly string[] {
  return suggestions(words)
    .map((one) => one.type === "text" ? one.text : one.folder ? "[folder]" : "[any]");
}

/** Words and their completions. */
const COMPLETED: readonly (readonly [words: readonly string[], texts: readonly string[]])[] = [
  [[""], [
    "send",
    "login",
    "ls",
    "get",
    "rm",
    "mv",
    "devices",
    "status",
    "token",
    "probe",
    "doctor",
    "identity",
    "completions",
    "help",
    "[any]",
  ]],
  [["pro"], ["probe", "[any]"]],
  [["--pac"], ["--packet-size", "--packet-delay"]],
  [["--he"], ["--help"]],
  [["send", ""], ["[any]"]],
  [["a.txt", ""], ["[any]"]],
  [["help", "do"], ["doctor"]],
  [["help", "doctor", ""], []],
  [["--dir", ""], ["[folder]"]],
  [["--dir=ho"], ["[folder]"]],
  [["--revision", "2023"], ["2023a", "2023c"]],
  [["a.txt", "--revision=2024"], ["--revision=2024a", "--revision=2024c"]],
  [["--compat", "pad"], ["pad-last", "pad-65535"]],
  [["--name", "--js"], []],
  [["--json", "--js"], []],
  [["--quiet", "ho"], ["[any]"]],
  [["--", "--js"], ["[any]"]],
  [["probe", "--ver"], ["--verbose", "--version"]],
  [["probe", ""], []],
  [["identity", ""], ["move"]],
  [["identity", "move", ""], []],
  [["completions", ""], [...SHELLS]],
  [["completions", "po"], ["powershell"]],
  [["completions", "bash", ""], []],
  [["--json="], []],
  [["ls", "-lr", "--lo"], []],
  [["ls", "-l", "--re"], ["--recursive"]],
  [["get", "a.txt", "-o", ""], ["[folder]"]],
  [["--none", ""], ["[any]"]],
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

Deno.test("suggestions() describes in one sentence", () => {
  for (const one of [...suggestions([""]), ...suggestions(["--"])]) {
    if (one.type === "text") ok(!/\. |\(default|[`"]/.test(one.description), one.description);
  }
});
