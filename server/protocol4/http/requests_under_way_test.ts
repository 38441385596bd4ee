import { equal, throws } from "node:assert/strict";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { RequestsUnderWay } from "./requests_under_way.ts";

Deno.test("each has so many requests at once, and others theirs", () => {
  const requests = new RequestsUnderWay<string>({ most: 2 });
  const first = requests.begin("a");
  requests.begin("a");
  throws(() => requests.begin("a"), ProblemError);
  const other = requests.begin("b");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  requests.begin("a");
  throws(() => requests.begin("a"), ProblemError);
  equal(requests.size, 2);
  other[Symbol.dispose]();
  equal(requests.size, 1);
});
