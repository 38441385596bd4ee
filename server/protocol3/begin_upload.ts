import type { Logger } from "@logtape/logtape";
import type { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import { Refusal } from "../files/refusal.ts";
import type { StagedContents, Store } from "../storage/store.ts";
import { shareOf } from "./share.ts";
import { Upload } from "./upload.ts";
import type { Services } from "../files/services.ts";

/** What a new upload depends on. */
export interface BeginUploadContext extends Pick<Services, "uploads" | "store" | "quota"> {
  /** The AES key in force for a client; throws a `Refusal` when there is none. */
  readonly keyFor: (clientId: Uint8Array) => Promise<CryptoKey>;
  /** Logs with the client on each line, by its name where that is known. */
  readonly logFor: (clientId: Uint8Array) => Logger;
}

/**
 * Begins an upload for packets that none is counted in of yet: with a key, with room, with a place in
 * staging, and owned by the caller's connection. Throws a `Refusal` when there is no key or no room, and
 * what the store throws.
 */
export async function beginUpload(
  sequence: PacketSequence,
  { uploads, store, quota, keyFor, logFor }: BeginUploadContext,
): Promise<Upload> {
  const { clientId } = sequence.first;
  const key = await keyFor(clientId);
  const size = sequence.mostContent;
  const room = await quota.reserve({ clientId, size });
  if (typeof room === "string") throw new Refusal(room, `No room for ${size} bytes`);
  const upload = new Upload({
    ...{ sequence, key, room, staged: await staged(store, room) },
    share: () => shareOf(uploads.size),
    log: logFor(clientId),
  });
  uploads.own(upload);
  return upload;
}

async function staged(store: Store, room: Disposable): Promise<StagedContents> {
  try {
    return await store.stage();
  } catch (error) {
    room[Symbol.dispose]();
    throw error;
  }
}
