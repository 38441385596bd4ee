import type { LocalFile, Uplink } from "../uplink.ts";
import type { Progress } from "../terminal/screen.ts";
import { reuseReleasedMemory } from "../../shared/runtime.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { Outcome } from "../report.ts";
import { lookAtFile } from "../files/local_file.ts";

/** Bytes from which on a file gets a connection of its own; smaller ones share one. */
const LARGE = 1024 * 1024;

/**
 * How many small files justify another connection: making one costs as much as sending a few of
 * them.
 */
const SMALL_FILES = 8;

export interface SendFilesOptions {
  readonly uplink: Uplink;
  /** The time in milliseconds. */
  readonly now: () => number;
  /** The most connections to use at the same time, at least 1. */
  readonly parallel: number;
  /** What to do about files that would have the same name on the server. Default: refuse them. */
  readonly onConflict?: "refuse" | "rename";
  /** Whether files may grow while they are sent. */
  readonly allowGrowing?: boolean;
  /** Called for a file that is the same as an earlier one and is not sent again. */
  readonly onSame?: (file: string, first: LocalFile) => void;
  /** Called once all files were examined, with those that can be sent. */
  readonly onLooked?: (files: readonly LocalFile[]) => void;
  /** Called with how many bytes of a file were sent. */
  readonly onProgress: (local: LocalFile, sent: number) => void;
  /** Called when a file was sent or has failed. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** A file to send. */
interface Job {
  /** Its index among the files. */
  readonly index: number;
  /** Its path as it was given. */
  readonly file: string;
  /** The file, or why it cannot be sent. */
  readonly look: LocalFile | ClientError;
}

/**
 * Sends files, over several connections where that is faster and the server supports it; returns
 * their outcomes in order. A file that cannot be sent does not stop the others, unless the server
 * cannot be reached or refuses the client.
 */
export async function sendFiles(
  paths: readonly string[],
  options: SendFilesOptions,
): Promise<readonly Outcome[]> {
  return await new Batch(paths, options).send();
}

/**
 * Bytes of contents that cost less than to have their memory kept, which takes a millisecond
 * (docs/decisions/0101-least-of-a-start.md).
 */
const LITTLE = 1024 * 1024;

/** The files of one command: those still to be sent, and the outcomes of the others. */
class Batch {
  readonly #paths: readonly string[];
  readonly #options: SendFilesOptions;
  readonly #outcomes: Outcome[] = [];
  readonly #jobs: Job[] = [];
  /** The loops of the siblings; each ends when it has nothing to do or fails. */
  readonly #siblingRuns: Promise<void>[] = [];
  /** Siblings whose handshake is not complete. */
  readonly #opening = new Set<Uplink>();
  #connections = 1;
  #hopeless: ClientError | undefined;

  constructor(paths: readonly string[], options: SendFilesOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  async send(): Promise<readonly Outcome[]> {
    // All files are examined before a connection is made: most mistakes are found here.
    const jobs = await this.#look();
    this.#jobs.push(...jobs);
    const files = jobs.flatMap(({ look }) => look instanceof ClientError ? [] : [look]);
    if (files.reduce((sum, { size }) => sum + size, 0) > LITTLE) reuseReleasedMemory();
    this.#connections = connectionsFor(files.map(({ size }) => size), this.#options.parallel);
    this.#options.onLooked?.(files);
    do {
      await this.#sendOverFirst();
      await Promise.all(this.#siblingRuns);
      // A connection that failed may have returned its file.
    } while (this.#jobs.length > 0);
    return this.#outcomes;
  }

  /** The files to send; those that are named a second time are left out. */
  async #look(): Promise<readonly Job[]> {
    const { onConflict = "refuse", allowGrowing = false, onSame } = this.#options;
    const looks = await Promise.all(
      this.#paths.map((file) => orClientError(lookAtFile(file, { growing: allowGrowing }))),
    );
    // A single file, the usual case, has no conflict.
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
    // On a server that takes one connection at a time these would wait forever.
    await Promise.all([...this.#opening].map((uplink) => uplink.close()));
  }

  /** Called after the first handshake: from here on siblings can reconnect. */
  #openSiblings(): void {
    for (; this.#connections > 1; this.#connections--) {
      this.#siblingRuns.push(this.#sendOverSibling(this.#options.uplink.sibling()));
    }
  }

  /**
   * Sends files over another connection until one fails; that one is left to the first connection.
   */
  async #sendOverSibling(uplink: Uplink): Promise<void> {
    this.#opening.add(uplink);
    const ready = await uplink.open();
    this.#opening.delete(uplink);
    if (!ready) return await this.#options.uplink.closeSiblings();
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const outcome = await this.#sendOne(job, uplink);
      if (outcome.status === "failed" && outcome.error.exitCode !== EXIT.usage) {
        // Another connection sends it.
        this.#jobs.unshift(job);
        return await this.#options.uplink.closeSiblings();
      }
      this.#tell(job, outcome);
    }
    await uplink.close();
  }

  async #sendOne({ file, look: local }: Job, uplink: Uplink): Promise<Outcome> {
    if (local instanceof ClientError) return failed(file, local);
    const begun = this.#options.now();
    const sending = uplink.send(local, (bytes) => {
      this.#options.onProgress(local, bytes);
      this.#openSiblings();
    });
    const sent = await orClientError(sending);
    if (sent instanceof ClientError) return failed(file, sent);
    return { file, status: "sent", local, sent, milliseconds: this.#options.now() - begun };
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

/** The number of connections for files of these sizes in bytes, from 1 to `most`. */
export function connectionsFor(sizes: readonly number[], most: number): number {
  const large = sizes.filter((size) => size >= LARGE).length;
  const small = Math.ceil((sizes.length - large) / SMALL_FILES);
  return Math.max(1, Math.min(most, large + small));
}

/**
 * The default for the most connections, on a machine with this number of cores. More than cores,
 * because small files wait for the server's disk more than for a cipher. One for a server with
 * quirks: it is unlikely to expect several connections of one client.
 */
export function usualConnections(
  cores: number,
  { hasQuirks }: { readonly hasQuirks: boolean },
): number {
  return hasQuirks ? 1 : Math.max(1, Math.min(16, 8 * cores));
}

/** The progress of files that are sent together: one under its name, several as a sum. */
export class BatchProgress {
  readonly #now: () => number;
  readonly #sent = new Map<LocalFile, number>();
  #files: readonly LocalFile[] = [];
  #total = 0;
  #sum = 0;
  #ended = 0;
  #begun = 0;

  /** `now`: the time in milliseconds. */
  constructor({ now }: { readonly now: () => number }) {
    this.#now = now;
  }

  /** Records the files that are to be sent. */
  begin(files: readonly LocalFile[]): void {
    this.#files = files;
    this.#total = files.reduce((total, { size }) => total + size, 0);
    this.#begun = this.#now();
  }

  /** Records how many bytes of a file were sent in the present attempt. */
  sent(file: LocalFile, bytes: number): Progress {
    this.#sum += bytes - (this.#sent.get(file) ?? 0);
    this.#sent.set(file, bytes);
    const count = this.#files.length;
    return {
      name: count === 1 ? file.name : `${this.#ended} of ${count} files`,
      sent: this.#sum,
      total: this.#total,
      elapsed: this.#now() - this.#begun,
    };
  }

  /** Records that a file is done, sent or not: the bytes it still lacks no longer count. */
  end(file: LocalFile): void {
    this.#ended += 1;
    this.sent(file, file.size);
  }
}
