import { deepStrictEqual } from "node:assert/strict";
import { joined } from "./client_id.ts";

Deno.test("joined() copies all parts, and none is nothing", () => {
  const part = Uint8Array.of(1, 2);
  const all = joined(part, new Uint8Array(0), part.subarray(1));
  part[0] = 9;
  deepStrictEqual(all, Uint8Array.of(1, 2, 2));
  deepStrictEqual(joined(), new Uint8Array(0));
});
