import { strictEqual } from "node:assert/strict";
import type { ProblemReason } from "../../../shared/protocol4/problem.ts";
import { RefusedRequest } from "../connection/errors.ts";
import { isCut } from "./upload_sender.ts";

Deno.test("an upload goes on with another token where one ends amid its body", () => {
  const rows = [["token-revoked", true], ["token-expired", true], [
    "client-unknown",
    false,
  ]] as const;
  for (const [reason, goesOn] of rows) {
    const problem = { type: "", title: "", status: 401, reason: reason as ProblemReason };
    strictEqual(isCut(new RefusedRequest("take more", { status: 401, problem })), goesOn, reason);
  }
});
