/** A folder that is removed with its contents when it is disposed of. */
export interface TemporaryFolder extends AsyncDisposable {
  /** The absolute path. */
  readonly path: string;
}

/** Creates an empty folder in the system's temporary folder, for a test. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "sealpost_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
