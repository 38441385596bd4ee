import { refusalsOf } from "../../rogue/against_server/requests.ts";
import { Arena } from "../../rogue/arena.ts";
import { testLinesOfRefusals } from "../../rogue/test_lines_of_refusals.ts";

Deno.test("the attack by 5,000 refused requests has a line a second", () => {
  return Arena.hold(refusalsOf(5_000));
});

testLinesOfRefusals(5_000);
