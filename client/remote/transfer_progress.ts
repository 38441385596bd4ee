import type { Progress } from "../terminal/screen.ts";

/** What has come of a file that is under way. */
interface UnderWay {
  /** Bytes that are there now: a restart may begin before what came last. */
  came: number;
  /** The most bytes that were there at any time. */
  most: number;
}

/** The progress of all files that are transferred, as a sum. */
export class TransferProgress {
  readonly #now: () => number;
  readonly #begun: number;
  readonly #underWay = new Map<unknown, UnderWay>();
  #files = 0;
  #ended = 0;
  #total = 0;
  #sum = 0;
  #bytes = 0;
  #before = 0;

  /** `now`: the time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#begun = now();
  }

  /**
   * Bytes that were transferred of all files: each counts once, also if it had to be sent again,
   * and those that were there before do not.
   */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a file of `size` bytes to the total. */
  expect(size: number): void {
    this.#files++;
    this.#total += size;
  }

  /** Records that a file goes on from what an earlier run has transferred. */
  resumes(file: unknown, bytes: number): void {
    const underWay = this.#of(file);
    const more = Math.max(0, bytes - underWay.most);
    this.#before += more;
    this.#sum += bytes - underWay.came;
    underWay.came = bytes;
    underWay.most = Math.max(underWay.most, bytes);
  }

  /** Records how many bytes of a file are there. Its name shows if it is the only one. */
  came(
    file: unknown,
    { bytes, name }: { readonly bytes: number; readonly name: string },
  ): Progress {
    const underWay = this.#of(file);
    this.#bytes += Math.max(0, bytes - underWay.most);
    this.#sum += bytes - underWay.came;
    underWay.came = bytes;
    underWay.most = Math.max(underWay.most, bytes);
    return {
      name: this.#files === 1 ? name : `${this.#ended} of ${this.#files} files`,
      sent: this.#sum,
      total: this.#total,
      before: this.#before,
      elapsed: this.#now() - this.#begun,
    };
  }

  /** Records that nothing more of a file comes: the bytes that it lacks no longer count. */
  end(file: unknown, size: number): void {
    const { came } = this.#of(file);
    this.#sum += size - came;
    this.#before += size - came;
    this.#underWay.delete(file);
    this.#ended++;
  }

  #of(file: unknown): UnderWay {
    const known = this.#underWay.get(file);
    if (known !== undefined) return known;
    const begun = { came: 0, most: 0 };
    this.#underWay.set(file, begun);
    return begun;
  }
}
