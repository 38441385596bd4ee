/**
 * Lets several wait for one sync. Who asks while one is under way waits for the next: the one under
 * way may have passed what they wrote already.
 */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Whether nobody waits. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** Resolves after a sync that began after this call; rejects as it does. */
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
