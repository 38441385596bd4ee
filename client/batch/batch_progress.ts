import type { LocalFile } from "../uplink.ts";
import type { Progress } from "../terminal/progress_bar.ts";

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
