import { Output } from "../shared/settings/output.ts";

/**
 * What keeps a release from being made. The message has one line, or a second one with ways out.
 */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}

/**
 * Runs a program of the release to its end. Its lines go to standard output, and what it fails with
 * to standard error: a `ReleaseError`, or what the system says of a file. Exits with 0 when all was
 * made, with 1 when not.
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

/** Whether the system has refused something: a full disk, a folder that may not be written. */
function isOfTheSystem(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
