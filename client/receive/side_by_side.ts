/**
 * Work that is done side by side, up to a capacity. The first piece of it that fails ends all.
 */
export class SideBySide {
  readonly #capacity: number;
  readonly #underWay = new Set<Promise<void>>();
  #load = 0;
  #failure: { readonly error: unknown } | undefined;

  /** `capacity`: the sum of the shares at which nothing more is begun. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether all has failed: what is under way is to end as soon as it can. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Begins a piece of work that takes a share of the capacity, and resolves when another
   * can begin. Rejects once one of the pieces has failed.
   */
  async begin(share: number, work: () => Promise<void>): Promise<void> {
    this.#load += share;
    const piece = work().catch((error) => this.fail(error)).finally(() => {
      this.#underWay.delete(piece);
      this.#load -= share;
    });
    this.#underWay.add(piece);
    while (this.#load >= this.#capacity && !this.hasFailed) await Promise.race(this.#underWay);
    this.#rethrow();
  }

  /** Lets all fail by this error, unless it has by another one. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Waits for all that is under way. Rejects if one of the pieces has failed. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#rethrow();
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
