import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { parseProblem, ProblemError, problemOf, PROBLEMS } from "./problem.ts";

Deno.test("Each reason is words with hyphens, and its status one of a refusal", () => {
  for (const [reason, [status, title]] of Object.entries(PROBLEMS)) {
    match(reason, /^[a-z]+(-[a-z]+)*$/);
    match(String(status), /^[45][0-9]{2}$/);
    match(title, /^[A-Z].*[^.]$/);
  }
});

Deno.test("A document is read again, with members of its own, which replace none of all", () => {
  const members = { offset: 42, reason: "other", status: 1 };
  const problem = problemOf(new ProblemError("offset-mismatch", "It is 42", members));
  deepStrictEqual(problem, {
    type: "urn:sealpost:problem:offset-mismatch",
    title: "The upload continues at another offset",
    status: 409,
    detail: "It is 42",
    reason: "offset-mismatch",
    offset: 42,
  });
  deepStrictEqual(parseProblem(JSON.parse(JSON.stringify(problem))), problem);
});

Deno.test("What is no document of ours is none", () => {
  for (const value of [null, 7, "x", [], {}, { reason: "toString" }, { reason: 1 }]) {
    strictEqual(parseProblem(value), undefined);
  }
  strictEqual(
    parseProblem({ reason: "not-found", detail: 7 })?.detail,
    "There is no such file or folder",
  );
});
