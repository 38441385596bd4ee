/** Syncs what earlier runs left, so that the next measurement does not wait for it. */
export async function diskAtRest(): Promise<void> {
  await new Deno.Command("sync").output().catch(() => {});
}
