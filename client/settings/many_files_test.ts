import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { withoutManyFiles } from "./many_files.ts";

const files = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`);

Deno.test("withoutManyFiles() leaves a few files to the parser", () => {
  const args = ["a", "--name", "n", "b", "c", "--quiet"];
  deepStrictEqual(withoutManyFiles(args).args, args);
});

Deno.test("withoutManyFiles() keeps the first of a row, which may be the value of a flag", () => {
  const many = files(40);
  const { args, restore } = withoutManyFiles(["--name", "n", ...many, "--quiet", "last"]);
  deepStrictEqual(args, ["--name", "n", "\0files 0", "--quiet", "last"]);
  deepStrictEqual(restore(["\0files 0", "last"]), [...many, "last"]);
});

Deno.test("withoutManyFiles() loses and reorders nothing, whatever the command line", () => {
  const arg = fc.oneof(fc.constantFrom("--quiet", "--", "-x", ""), fc.constantFrom("a", "b", "c"));
  const line = fc.array(fc.oneof(arg.map((one) => [one]), fc.constant(files(30))), {
    maxLength: 8,
  });
  fc.assert(fc.property(line, (parts) => {
    const all = parts.flat();
    const { args, restore } = withoutManyFiles(all);
    deepStrictEqual(restore(args), all);
    ok(args.length <= 17 * 8 + 8);
  }));
});
