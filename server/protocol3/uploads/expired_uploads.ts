import type { Counters } from "../../observe/counters.ts";
import type { Protocol3Counter } from "../protocol3_counter.ts";
import type { Upload } from "./upload.ts";
import { reasonOf } from "../refusal.ts";
import { messageOf } from "../../../shared/text/quoted.ts";

export interface ExpiredUploadsOptions {
  /** Whether to keep whole files without a verdict. */
  readonly keepUnverified: boolean;
  readonly counters: Counters<Protocol3Counter>;
}

/**
 * Returns what ends an upload whose client did not return in time.
 *
 * Some clients compare the checksum themselves and give no verdict. What such a client sent is kept
 * as not verified, if it is sound and no verified version is stored. Everything else is dropped,
 * with a warning. Nothing is thrown; the upload is still to be discarded.
 */
export function expiredUploads(
  { keepUnverified, counters }: ExpiredUploadsOptions,
): (upload: Upload) => Promise<void> {
  return async (upload) => {
    const file = upload.request.fileName.text;
    if (upload.digest === undefined) {
      counters.add("files-cut-off");
      upload.log.warn("The client did not continue {file} in time; nothing of it is kept", {
        file,
      });
      return;
    }
    if (!keepUnverified || !upload.sound) return unconfirmed(upload, { counters });
    try {
      await upload.commit({ verified: false });
    } catch (error) {
      return unconfirmed(upload, { counters, error });
    }
    counters.add("files-kept-unverified");
    counters.add("deviations.no-verdict");
    upload.log.debug("Serves a deviation from the protocol: {deviation}", {
      deviation: "no-verdict",
    });
  };
}

/** Logs and counts uploads that end without a verdict because the server stops. */
export function stoppedUploads(
  uploads: readonly Upload[],
  { counters }: Pick<ExpiredUploadsOptions, "counters">,
): void {
  for (const upload of uploads) if (upload.digest !== undefined) unconfirmed(upload, { counters });
}

function unconfirmed(
  upload: Upload,
  { counters, error }: Pick<ExpiredUploadsOptions, "counters"> & { readonly error?: unknown },
): void {
  counters.add("files-unconfirmed");
  const facts = { file: upload.request.fileName.text };
  if (error === undefined) {
    return upload.log.warn("The client gave no verdict on {file}; nothing of it is kept", facts);
  }
  const detail = messageOf(error);
  upload.log.warn("The client gave no verdict on {file}; it is not kept: {reason}: {detail}", {
    ...facts,
    reason: reasonOf(error),
    detail,
  });
}
