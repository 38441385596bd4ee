/** Milliseconds that this thread could have run and did not; 0 where the system does not say. */
export function queued(): number {
  try {
    const [, nanoseconds = ""] = Deno.readTextFileSync("/proc/self/schedstat").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
