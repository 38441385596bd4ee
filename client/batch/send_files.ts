import { keepReleasedMemory } from "../../shared/release_memory.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { Outcome } from "../report.ts";
import { lookAtFile } from "../files/local_file.ts";
import type { LocalFile, Uplink } from "../uplink.ts";
import type { OnConflict } from "../settings/send_settings.ts";

/** A file of so many bytes keeps a connection busy by itself; smaller ones share one. */
const LARGE = 1024 * 1024;

/**
 * Small files that are worth a connection of their own: to make one costs as much as a few of them.
 */
const SMALL_FILES = 8;

/** How files are sent, and how that is reported. */
export interface SendFilesOptions {
  readonly uplink: Uplink;
  /** Connections that may be used side by side, at least 1. */
  readonly parallel: number;
  /** What to do about files that would be one on the server. Default: refuse them. */
  readonly onConflict?: OnConflict;
  /** Whether files may grow while they are sent. */
  readonly allowGrowing?: boolean;
  /** A file is the same as one named before it, and is not sent again. */
  readonly onSame?: (file: string, first: LocalFile) => void;
  /** All files were looked at, and these can be sent. */
  readonly onLooked?: (files: readonly LocalFile[]) => void;
  /** So many bytes of it were sent. */
  readonly onProgress: (local: LocalFile, sent: number) => void;
  /** Something came of a file. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** A file that is to be sent. */
interface Job {
  /** Which of the files it is. */
  readonly index: number;
  /** Its path as it was given. */
  readonly file: string;
  /** What it is, or why it cannot be sent. */
  readonly look: LocalFile | ClientError;
}

/**
 * Sends files, over several connections where that is worth while and the server does well with it;
 * what came of each, in their order. A file that cannot be sent does not keep the others from it,
 * unless the server cannot be reached or refuses us.
 */
export async function sendFiles(
  paths: readonly string[],
  options: SendFilesOptions,
): Promise<readonly Outcome[]> {
  keepReleasedMemory();
  return await new Batch(paths, options).send();
}

/** Files on their way: what is left of them, and what came of the others. */
class Batch {
  readonly #paths: readonly string[];
  readonly #options: SendFilesOptions;
  readonly #outcomes: Outcome[] = [];
  readonly #jobs: Job[] = [];
  /** Runs of siblings, each until it has nothing to do or fails. */
  readonly #siblingRuns: Promise<void>[] = [];
  /** Those of them on which the server has not said yet that it knows us. */
  readonly #opening = new Set<Uplink>();
  #connections = 1;
  #hopeless: ClientError | undefined;

  constructor(paths: readonly string[], options: SendFilesOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  async send(): Promise<readonly Outcome[]> {
    // All are looked at before a connection is made: most mistakes are found here.
    const jobs = await this.#look();
    this.#jobs.push(...jobs);
    const files = jobs.flatMap(({ look }) => look instanceof ClientError ? [] : [look]);
    this.#connections = connectionsFor(files.map(({ size }) => size), this.#options.parallel);
    this.#options.onLooked?.(files);
    do {
      await this.#sendOverFirst();
      await Promise.all(this.#siblingRuns);
      // Unless a connection that failed has given its file back.
    } while (this.#jobs.length > 0);
    return this.#outcomes;
  }

  /** What there is to do: nothing for a file that is named for the second time. */
  async #look(): Promise<readonly Job[]> {
    const { onConflict = "refuse", allowGrowing = false, onSame } = this.#options;
    const looks = await Promise.all(
      this.#paths.map((file) => orClientError(lookAtFile(file, { growing: allowGrowing }))),
    );
    // A single file, of which there are most, has no conflict.
    const resolved = looks.length < 2
      ? looks
      : (await import("./distinct_names.ts")).distinctNames(looks, { onConflict });
    const jobs: Job[] = [];
    for (const [at, look] of resolved.entries()) {
      const file = this.#paths[at] ?? "";
      if ("sameAs" in look) onSame?.(file, look.sameAs);
      else jobs.push({ index: jobs.length, file, look });
    }
    return jobs;
  }

  async #sendOverFirst(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const outcome = this.#hopeless === undefined || job.look instanceof ClientError
        ? await this.#sendOne(job, this.#options.uplink)
        : failed(job.file, this.#hopeless);
      if (outcome.status === "failed" && outcome.error.hopeless) {
        this.#hopeless = outcome.error;
      }
      this.#tell(job, outcome);
    }
    // A server that takes one connection at a time would have these wait for ever.
    await Promise.all([...this.#opening].map((uplink) => uplink.close()));
  }

  /** Called when the server knows us: it knows us on other connections from here on too. */
  #openSiblings(): void {
    for (; this.#connections > 1; this.#connections--) {
      this.#siblingRuns.push(this.#sendOverSibling(this.#options.uplink.sibling()));
    }
  }

  /**
   * Sends files over another connection, as long as that works; what does not is left to the first.
   */
  async #sendOverSibling(uplink: Uplink): Promise<void> {
    this.#opening.add(uplink);
    const ready = await uplink.open();
    this.#opening.delete(uplink);
    if (!ready) return await this.#options.uplink.closeSiblings();
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const outcome = await this.#sendOne(job, uplink);
      if (outcome.status === "failed" && outcome.error.exitCode !== EXIT.usage) {
        // Left to another connection.
        this.#jobs.unshift(job);
        return await this.#options.uplink.closeSiblings();
      }
      this.#tell(job, outcome);
    }
    await uplink.close();
  }

  async #sendOne({ file, look: local }: Job, uplink: Uplink): Promise<Outcome> {
    if (local instanceof ClientError) return failed(file, local);
    const begun = performance.now();
    const sending = uplink.send(local, (bytes) => {
      this.#options.onProgress(local, bytes);
      this.#openSiblings();
    });
    const sent = await orClientError(sending);
    if (sent instanceof ClientError) return failed(file, sent);
    return { file, status: "sent", local, sent, milliseconds: performance.now() - begun };
  }

  #tell(job: Job, outcome: Outcome): void {
    this.#outcomes[job.index] = outcome;
    this.#options.onOutcome(outcome);
  }
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

/**
 * Over how many connections files of these sizes, in bytes, are sent: at most so many, at least 1.
 */
export function connectionsFor(sizes: readonly number[], most: number): number {
  const large = sizes.filter((size) => size >= LARGE).length;
  const small = Math.ceil((sizes.length - large) / SMALL_FILES);
  return Math.max(1, Math.min(most, large + small));
}

/**
 * Connections to use at the most where nobody said how many, on a machine with so many cores. More
 * than cores, because small files wait for the server's disk more than for a cipher. One where a
 * server has quirks: such a one hardly expects a client to come several times at once.
 */
export function usualConnections(
  cores: number,
  { hasQuirks }: { readonly hasQuirks: boolean },
): number {
  return hasQuirks ? 1 : Math.max(1, Math.min(16, 8 * cores));
}
