import { deepStrictEqual } from "node:assert/strict";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { NAMES_OF_REQUEST, REQUEST_KINDS } from "./request_kinds.ts";
import { testCostOfRequests } from "./test_cost_of_requests.ts";

// All kinds, and by a hundred requests of each, in tests/long/.
testCostOfRequests({ count: 15, oneIn: 4 });

/** Kinds of requests that no kind of the table measures. */
function unmeasured(table: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const codes = Object.keys(REVISIONS["2024a"].requests);
  return codes.filter((kind) => {
    const names = table[kind] ?? [];
    return names.length === 0 || names.some((name) => !Object.hasOwn(REQUEST_KINDS, name));
  });
}

Deno.test("each kind of request has kinds that are measured, and each of them is of one", () => {
  deepStrictEqual(unmeasured(NAMES_OF_REQUEST), []);
  const { crcRetry: _, ...others } = NAMES_OF_REQUEST;
  deepStrictEqual(unmeasured({ ...others, file: ["letters"] }), ["file", "crcRetry"]);
  const named = new Set<string>(Object.values(NAMES_OF_REQUEST).flat());
  deepStrictEqual(Object.keys(REQUEST_KINDS).filter((kind) => !named.has(kind)), []);
});
