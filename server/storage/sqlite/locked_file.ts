/** What the worker says of its attempt to open or sync the file. */
export type Outcome = { readonly message: string; readonly code: string | undefined } | null;

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
  #answer = Promise.withResolvers<void>();

  private constructor(path: string) {
    const url = new URL("./locked_file_worker.ts", import.meta.url);
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Outcome>) => {
      if (data === null) this.#answer.resolve();
      else this.#answer.reject(errorOf(data));
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#answer.reject(new Error(event.message));
    });
    this.#worker.postMessage(path);
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

  /** Syncs the contents. Throws the error of the system. Not to be called again before. */
  async sync(): Promise<void> {
    this.#answer = Promise.withResolvers();
    this.#worker.postMessage(null);
    await this.#answer.promise;
  }

  /** Closes the file. To be called after SQLite has closed it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.terminate();
    await Promise.resolve();
  }
}

function errorOf({ message, code }: NonNullable<Outcome>): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
