import { Refusal } from "./refusal.ts";
import { safeName } from "../../shared/names/safe_name.ts";
import type { Upload } from "../protocol3/upload.ts";
import type { Services } from "./services.ts";

/** What it takes to keep a file. */
export type KeepFileContext = Pick<Services, "committer" | "counters">;

/**
 * Keeps the file of an upload for good: when this resolves, it is what the client was promised. Throws a
 * `Refusal` (`no-upload`) when it is not whole, and what the committer throws.
 */
export async function keepFile(
  upload: Upload,
  { committer, counters }: KeepFileContext,
): Promise<void> {
  const { first: { clientId, fileName: field }, plain, staged, log } = upload;
  if (plain === undefined) throw new Refusal("no-upload", "The file is not complete");
  const fileName = safeName(field.bytes);
  const { version: recorded } = await committer.commit(staged, { clientId, fileName, ...plain });
  counters.add("files-stored");
  counters.add("bytes-stored", plain.size);
  log.info("Stored {file}: {size} bytes, verified", { file: recorded.fileName, size: plain.size });
  if (recorded.fileName !== fileName) {
    log.info("It was sent as {sent}, which differs in case or Unicode form only", {
      sent: fileName,
    });
  }
}
