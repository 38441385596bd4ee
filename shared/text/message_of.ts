/** The message of an error, or any other thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Why the runtime, and not the system, refuses access to a path; undefined for any other error.
 * Some paths need all permissions, which no program here has: those of devices and of the kernel,
 * and on Windows network paths.
 */
export function runtimeRefusal(error: unknown): string | undefined {
  if (!(error instanceof Deno.errors.NotCapable)) return undefined;
  const [, flag] = /the (--allow-(?!all)\w+) flag/.exec(error.message) ?? [];
  return flag === undefined
    ? "the runtime lets no program use devices, files of the kernel, or network paths"
    : `the program was started without ${flag} for it`;
}
