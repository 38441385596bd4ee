import { ClientError, EXIT } from "./client_error.ts";
import type { Outcome } from "./report.ts";
import { type LocalFile, lookAtFile } from "./sending/local_file.ts";
import type { Session } from "./session/session.ts";

/** How files are sent, and who hears of it. */
export interface SendFilesOptions {
  readonly session: Session;
  /** A file is about to be sent. */
  readonly onBegin: (local: LocalFile) => void;
  /** So many bytes of it were sent, `elapsed` milliseconds after it began. */
  readonly onProgress: (local: LocalFile, sent: number, elapsed: number) => void;
  /** Something came of a file. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Errors after which no other file has a chance. */
const HOPELESS: ReadonlySet<number> = new Set([EXIT.noConnection, EXIT.refused]);

/**
 * Sends files one after the other in one session. A file that cannot be sent does not keep the others
 * from it, unless the server cannot be reached or refuses us.
 */
export async function sendFiles(
  paths: readonly string[],
  options: SendFilesOptions,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let hopeless: ClientError | undefined;
  // All are looked at before a connection is made: most mistakes are found here.
  for (const { file, look } of await Promise.all(paths.map(lookAt))) {
    const outcome = look instanceof ClientError
      ? failed(file, look)
      : hopeless !== undefined
      ? failed(file, hopeless)
      : await sendOne(file, look, options);
    if (outcome.status === "failed" && HOPELESS.has(outcome.error.exitCode)) {
      hopeless = outcome.error;
    }
    outcomes.push(outcome);
    options.onOutcome(outcome);
  }
  return outcomes;
}

async function lookAt(
  file: string,
): Promise<{ readonly file: string; readonly look: LocalFile | ClientError }> {
  return { file, look: await orClientError(lookAtFile(file)) };
}

async function sendOne(
  file: string,
  local: LocalFile,
  { session, onBegin, onProgress }: SendFilesOptions,
): Promise<Outcome> {
  onBegin(local);
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  const sent = await orClientError(
    session.send(local, (bytes) => onProgress(local, bytes, elapsed())),
  );
  if (sent instanceof ClientError) return failed(file, sent);
  return { file, status: "sent", local, sent, milliseconds: elapsed() };
}

async function orClientError<T>(work: Promise<T>): Promise<T | ClientError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

function failed(file: string, error: ClientError): Outcome {
  return { file, status: "failed", error };
}
