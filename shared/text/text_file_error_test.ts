import { strictEqual } from "node:assert/strict";
import { TextFileError } from "./text.ts";

Deno.test("TextFileError carries its reason, its message and its cause", () => {
  const cause = new Error("Deeper");
  const error = new TextFileError("bad-port", 'Port "x" is not a number', { cause });
  strictEqual(error.reason, "bad-port");
  strictEqual(String(error), 'TextFileError: Port "x" is not a number');
  strictEqual(error.cause, cause);
});
