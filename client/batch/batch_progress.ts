import type { LocalFile } from "../uplink.ts";
import type { Progress } from "../terminal/progress_bar.ts";

/** How far files have come that are sent together: one by its name, several as a whole. */
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

  /** So many bytes of a file were sent, all in all or since it was begun again. */
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

  /** Something came of a file: what it still lacked is not waited for any more. */
  end(file: LocalFile): void {
    this.#ended += 1;
    this.sent(file, file.size);
  }
}
