import type { RemoteEntry } from "../remote/remote_files.ts";
import type { Progress } from "../terminal/progress_bar.ts";

/** The progress of all files that are fetched, as a sum. */
export class FetchProgress {
  readonly #now: () => number;
  readonly #begun: number;
  /** Bytes that have come of the files under way. */
  readonly #came = new Map<RemoteEntry, number>();
  #files = 0;
  #ended = 0;
  #total = 0;
  #sum = 0;
  #bytes = 0;

  /** `now`: the time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#begun = now();
  }

  /** Bytes that have come of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records an entry that is to come. */
  expect(entry: RemoteEntry): void {
    if (entry.kind !== "file") return;
    this.#files++;
    this.#total += entry.size;
  }

  /** Records how many bytes of a file there are. */
  came(file: RemoteEntry, bytes: number): Progress {
    const more = bytes - (this.#came.get(file) ?? 0);
    this.#came.set(file, bytes);
    this.#bytes += Math.max(0, more);
    this.#sum += more;
    return {
      name: this.#files === 1 ? file.path.at(-1) ?? "" : `${this.#ended} of ${this.#files} files`,
      sent: this.#sum,
      total: this.#total,
      elapsed: this.#now() - this.#begun,
    };
  }

  /** Records that nothing more of an entry comes: the bytes that it lacks no longer count. */
  end(entry: RemoteEntry): void {
    if (entry.kind !== "file") return;
    this.#sum += entry.size - (this.#came.get(entry) ?? 0);
    this.#came.delete(entry);
    this.#ended++;
  }
}
