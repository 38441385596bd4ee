import type { Clock } from "../../shared/clock.ts";
import { ClientError, type ClientReason, EXIT } from "../client_error.ts";
import { resumed } from "../network/waits.ts";
import type { RemoteFile, RemoteFiles } from "../remote/remote_files.ts";

/** Bytes that make an attempt count as progress. */
const PROGRESS = 1024;

/** Reasons after which the rest is asked for. */
const LOSSES: ReadonlySet<ClientReason> = new Set(["connection-lost", "no-answer"]);

export interface ReadOptions {
  readonly remote: Pick<RemoteFiles, "read">;
  /** The first byte to read. */
  readonly from: number;
  /** How often a file is asked for again when next to nothing of it came. */
  readonly retries: number;
  readonly clock: Clock;
  /** Receives the bytes in their order. */
  readonly onBytes: (bytes: Uint8Array) => void;
}

/**
 * Reads a file from a byte to its end; after a loss of the connection it goes on where that was.
 * Throws a `ClientError`: `connection-lost` after too many attempts, `server-error` when more comes
 * than was announced, and what `RemoteFiles.read()` and `onBytes` throw.
 */
export async function readWhole(file: RemoteFile, options: ReadOptions): Promise<void> {
  const { remote, from, retries, clock, onBytes } = options;
  let at = from;
  let before = from;
  await resumed({
    isDone: () => at >= file.size,
    async goOn() {
      before = at;
      for await (const bytes of await remote.read(file, at)) {
        if (at + bytes.byteLength > file.size) throw failure("server-error", "sends too much");
        onBytes(bytes);
        at += bytes.byteLength;
      }
      if (at < file.size) throw failure("connection-lost", "ended the connection amid a file");
    },
    afterLoss(error) {
      if (!(error instanceof ClientError) || !LOSSES.has(error.reason)) throw error;
      return at - before >= PROGRESS;
    },
  }, { retries, clock });
}

function failure(reason: "server-error" | "connection-lost", what: string): ClientError {
  return new ClientError(`The server ${what}; fetch it again, what is there is not fetched twice`, {
    reason,
    exitCode: EXIT.failed,
  });
}
