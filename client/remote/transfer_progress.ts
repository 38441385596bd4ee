import type { Progress } from "../terminal/progress_bar.ts";

/** The progress of all files that are transferred, as a sum. */
export class TransferProgress {
  readonly #now: () => number;
  readonly #begun: number;
  /** Bytes that were transferred of the files under way. */
  readonly #came = new Map<unknown, number>();
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

  /** Bytes that were transferred of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a file of `size` bytes to the total. */
  expect(size: number): void {
    this.#files++;
    this.#total += size;
  }

  /** Records how many bytes of a file were transferred. Its name shows if it is the only one. */
  came(
    file: unknown,
    { bytes, name }: { readonly bytes: number; readonly name: string },
  ): Progress {
    const more = bytes - (this.#came.get(file) ?? 0);
    this.#came.set(file, bytes);
    this.#bytes += Math.max(0, more);
    this.#sum += more;
    return {
      name: this.#files === 1 ? name : `${this.#ended} of ${this.#files} files`,
      sent: this.#sum,
      total: this.#total,
      elapsed: this.#now() - this.#begun,
    };
  }

  /** Records that nothing more of a file comes: the bytes that it lacks no longer count. */
  end(file: unknown, size: number): void {
    this.#sum += size - (this.#came.get(file) ?? 0);
    this.#came.delete(file);
    this.#ended++;
  }
}
