/**
 * Shares one sync among several callers. A call during a running sync waits for the next one: the
 * running sync may not include what the caller wrote.
 */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Whether no sync is running. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** Resolves after a sync that began after this call, or rejects with its error. */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    return this.#next ??= this.#running.catch(() => {}).then(() => this.#run());
  }

  #run(): Promise<void> {
    this.#next = undefined;
    const running = this.#sync().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return this.#running = running;
  }
}
