import { Output } from "../shared/settings/output.ts";

/** Why a release cannot be built. The message has one line, or a second one with solutions. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}

/**
 * Runs a release program. Its lines go to standard output, and its error to standard error: a
 * `ReleaseError` or a system error about a file. Exits with 0 on success, with 1 on failure.
 */
export async function runRelease(
  program: (tell: (line: string) => void) => Promise<void>,
): Promise<never> {
  const stdout = new Output(Deno.stdout, "standard output");
  try {
    await program((line) => stdout.write(`${line}\n`));
  } catch (error) {
    if (!(error instanceof ReleaseError || isOfTheSystem(error))) throw error;
    new Output(Deno.stderr, "standard error").write(`error: ${error.message}\n`);
    Deno.exit(1);
  }
  Deno.exit(0);
}

/** Whether an error is the system's: a full disk, a folder that cannot be written. */
function isOfTheSystem(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
