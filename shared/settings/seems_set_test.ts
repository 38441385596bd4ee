import { strictEqual } from "node:assert/strict";
import { choice } from "./kind.ts";
import { seemsOn, seemsToBe } from "./read_settings.ts";
import { setting, toggle } from "./setting.ts";

const LOUD = toggle("--loud", { help: "Louder" });
const LEVEL = setting("--level", choice("LEVEL", ["low", "high"]), {
  help: "How",
  fallback: "low",
});

const none = () => undefined;

Deno.test("seemsOn() finds a switch among mistakes, and its variable", () => {
  strictEqual(seemsOn(LOUD, { args: ["--bogus", "--loud"], env: none }), true);
  strictEqual(seemsOn(LOUD, { args: ["--bogus"], env: none }), false);
  for (const [text, on] of [["yes", true], ["no", false], ["perhaps", false]] as const) {
    const env = (name: string) => name === "SEALPOST_LOUD" ? text : undefined;
    strictEqual(seemsOn(LOUD, { args: [], env }), on, text);
  }
});

Deno.test("seemsToBe() finds a value behind its flag, and in its variable", () => {
  const found = (...args: readonly string[]) => seemsToBe(LEVEL, "high", { args, env: none });
  strictEqual(found("--bogus", "--level", "high"), true);
  strictEqual(found("--level=high", "--bogus"), true);
  strictEqual(found("--level", "low", "high"), false);
  strictEqual(found("high"), false);
  const env = (name: string) => name === "SEALPOST_LEVEL" ? "high" : undefined;
  strictEqual(seemsToBe(LEVEL, "high", { args: [], env }), true);
});
