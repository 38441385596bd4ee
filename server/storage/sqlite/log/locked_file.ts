/** What the worker is asked to do with the file at a path. */
export interface Task {
  readonly kind: "open" | "sync" | "copy";
  readonly path: string;
}

/** What SQLite says of a checkpoint. */
export interface Checkpointed {
  /** 1 if another program makes one. */
  readonly busy: number;
  /** Pages in the log, and how many of them are in the database too. */
  readonly log: number;
  readonly checkpointed: number;
}

/** What the worker says of a task. */
export interface Outcome {
  readonly copied?: Checkpointed;
  readonly failed?: { readonly message: string; readonly code: string | undefined };
}

/**
 * A file that is synced beside the thread, and that SQLite has locked in this process.
 *
 * Closing any descriptor of a file drops all POSIX locks of the process on it, and Deno closes
 * one after each asynchronous call: it duplicates it before. Without SQLite's lock another
 * program that reads the database and ends removes the log. So a worker opens the file once, and
 * syncs it with calls that block the worker alone.
 */
export class LockedFile implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #path: string;
  #answer = Promise.withResolvers<Outcome>();

  private constructor(path: string) {
    this.#path = path;
    const url = new URL("./locked_file_worker.ts", import.meta.url);
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Outcome>) => {
      if (data.failed === undefined) this.#answer.resolve(data);
      else this.#answer.reject(errorOf(data.failed));
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#answer.reject(new Error(event.message));
    });
    this.#post("open");
  }

  /** Opens a file that exists. Throws the error of the system. */
  static async open(path: string): Promise<LockedFile> {
    const file = new LockedFile(path);
    try {
      await file.#answer.promise;
      return file;
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Syncs the contents. Throws the error of the system. Not to be called during another task. */
  async sync(): Promise<void> {
    await this.#post("sync");
  }

  /**
   * Has SQLite copy the log of the database that the file is, as far as no reader needs it, and
   * sync nothing. Throws SQLite's error. Not to be called during another task.
   */
  async copyLog(): Promise<Checkpointed> {
    const { copied } = await this.#post("copy");
    if (copied === undefined) throw new TypeError("The worker says nothing of a checkpoint");
    return copied;
  }

  /** Closes the file. To be called after SQLite has closed it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.terminate();
    await Promise.resolve();
  }

  #post(kind: Task["kind"]): Promise<Outcome> {
    if (kind !== "open") this.#answer = Promise.withResolvers();
    this.#worker.postMessage({ kind, path: this.#path } satisfies Task);
    return this.#answer.promise;
  }
}

function errorOf({ message, code }: NonNullable<Outcome["failed"]>): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
