/**
 * Throws unless two files, or two folders with all that is in them, have the same contents: a
 * transfer that leaves something out must not be measured as a fast one.
 */
export async function expectSame(sent: string, arrived: string): Promise<void> {
  // No program of its own among the rights of the benchmark: the shell has it.
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", 'diff -rq -- "$1" "$2"', "bash", sent, arrived],
    stdin: "null",
  }).output();
  if (success) return;
  const decoder = new TextDecoder();
  const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim();
  throw new Error(`What arrived is not what was sent: ${said.split("\n")[0]}`);
}
