/** Runs the given program with `--version`, for ten seconds at most, with inherited output. */

const [path = ""] = Deno.args;
const { code } = await new Deno.Command(path, {
  args: ["--version"],
  stdin: "null",
  stdout: "inherit",
  stderr: "inherit",
  signal: AbortSignal.timeout(10_000),
}).output();
Deno.exit(code);
