import { type FileOfClient, Ledger } from "../ledger.ts";

/** Milliseconds in which something is acknowledged, on the slowest machine. */
const LIMIT = 180_000;

/** A ledger that tells when so many files more were acknowledged. */
export class CountingLedger extends Ledger {
  #at = Infinity;
  #come = () => {};

  /** Resolves when so many more are; rejects after some minutes. */
  async more(files: number): Promise<void> {
    this.#at = this.acknowledged + files;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#come = resolve;
    const timer = setTimeout(
      () => reject(new Error(`No ${files} files were acknowledged in ${LIMIT} ms`)),
      LIMIT,
    );
    await promise.finally(() => clearTimeout(timer));
  }

  /** As `Ledger.acknowledges()`. */
  override acknowledges(file: FileOfClient): void {
    super.acknowledges(file);
    if (this.acknowledged >= this.#at) this.#come();
  }
}
