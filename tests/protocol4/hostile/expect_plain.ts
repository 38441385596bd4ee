import { ok } from "node:assert/strict";

/** Fails for text that does something to a terminal beside being shown. */
export function expectPlain(text: string): void {
  // deno-lint-ignore no-control-regex -- what a terminal obeys
  ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(text), JSON.stringify(text));
}
