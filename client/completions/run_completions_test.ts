import { doesNotMatch, match } from "node:assert/strict";
import { SHELLS } from "../settings/commands.ts";
import { runCompletions } from "./run_completions.ts";

for (const shell of SHELLS) {
  Deno.test(`The script for ${shell} asks the program, and gets an answer without a fault`, () => {
    let script = "";
    runCompletions({ shell, words: undefined }, (text) => script += text);
    match(script, new RegExp(`completions'?,? '?${shell}`));
    match(script, /sealpost/);
    let answer = "";
    runCompletions({ shell, words: ["doc"] }, (text) => answer += text);
    match(answer, shell === "bash" ? /^doctor$/m : /^doctor\t./m);
    doesNotMatch(answer, /probe/);
  });
}
