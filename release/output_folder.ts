import { quotedPath } from "../shared/text/quoted.ts";
import { ReleaseError } from "./release_error.ts";

/** Creates the output folder if there is none. Throws a `ReleaseError`. */
export async function makeOutputFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
    const info = await Deno.stat(path).catch(() => undefined);
    const fault = info?.isFile ? "that is a file" : error.message;
    throw new ReleaseError(
      `No folder ${quotedPath(path)} can be made: ${fault}; name another place with --output`,
    );
  }
}
