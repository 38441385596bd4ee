import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { displayOf, withErrorColor } from "./output.ts";

const CASES = [
  { terminal: true, env: {}, shows: { isTerminal: true, colors: true } },
  {
    terminal: true,
    env: { TERM: "xterm", NO_COLOR: "" },
    shows: { isTerminal: true, colors: true },
  },
  { terminal: true, env: { NO_COLOR: "1" }, shows: { isTerminal: true, colors: false } },
  { terminal: true, env: { TERM: "dumb" }, shows: { isTerminal: false, colors: false } },
  { terminal: false, env: { TERM: "xterm" }, shows: { isTerminal: false, colors: false } },
];

Deno.test("displayOf() treats a dumb terminal as none and honours NO_COLOR", () => {
  for (const { terminal, env, shows } of CASES) {
    const variables: Readonly<Record<string, string | undefined>> = env;
    const shown = displayOf({ isTerminal: () => terminal }, (name) => variables[name]);
    deepStrictEqual(shown, shows, JSON.stringify(env));
  }
});

Deno.test("withErrorColor() colours the word in front of an error, and nothing else", () => {
  strictEqual(withErrorColor("error: error: no", true), "\x1b[1;31merror:\x1b[0m error: no");
  strictEqual(withErrorColor("Fatal: no", true), "\x1b[1;31mFatal:\x1b[0m no");
  strictEqual(withErrorColor("Fatal: no", false), "Fatal: no");
  strictEqual(withErrorColor("No error: yes", true), "No error: yes");
});
