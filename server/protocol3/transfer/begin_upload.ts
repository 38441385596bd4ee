import type { Logger } from "@logtape/logtape";
import { safeName } from "../../../shared/names/safe_name.ts";
import type { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import type { IncomingFiles } from "../../files/incoming_files.ts";
import type { AesKeys } from "../uploads/file_key.ts";
import { chunkSizeFor } from "../uploads/chunk_size.ts";
import { Upload } from "../uploads/upload.ts";
import type { UploadsUnderWay } from "../uploads/uploads_under_way.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

export interface UploadOptions {
  readonly files: IncomingFiles;
  /** Where the upload is added. */
  readonly uploads: UploadsUnderWay;
  readonly clock: Clock;
  /** The client's deviations from the protocol. */
  readonly profile: Pick<Profile, "strict">;
  /** Returns a log with the client on each line, with its name if it is known. */
  readonly logFor: (clientId: ClientId) => Logger;
  /**
   * Returns the current AES keys of a client on this connection; throws a `Refusal` if there are
   * none.
   */
  readonly keysFor: (clientId: ClientId) => Promise<AesKeys>;
}

/** Begins an upload. Throws the errors of `keysFor` and of `IncomingFiles.begin()`. */
export async function beginUpload(
  sequence: PacketSequence,
  { files, uploads, clock, profile, logFor, keysFor }: UploadOptions,
): Promise<Upload> {
  const { clientId, fileName: { bytes } } = sequence.first;
  const { whole, firstHalf } = await keysFor(clientId);
  const size = sequence.mostContent;
  const upload = new Upload({
    sequence,
    begun: clock.now(),
    // A strict server must not answer otherwise when an end happens to fit the first half.
    keys: { whole, firstHalf: profile.strict ? undefined : firstHalf },
    file: await files.begin({
      ...{ clientId, size, log: logFor(clientId) },
      fileName: safeName(bytes),
    }),
    chunkSize: () => chunkSizeFor(uploads.size),
    prefersFirstHalf: uploads.triesFirstHalf(sequence.first),
  });
  uploads.add(upload);
  return upload;
}
