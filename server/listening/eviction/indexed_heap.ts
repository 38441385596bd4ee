/** Items whose places are not recorded: so few are found as fast by a look at all. */
const FEW = 8;

/** A binary heap of distinct items, which can be moved when their order changes, and removed. */
export class IndexedHeap<T> {
  readonly #before: (one: T, other: T) => boolean;
  readonly #items: T[] = [];
  /** The places of all items, once there were more than few. */
  #indexes: Map<T, number> | undefined;

  /** `before`: whether one item comes before another; a strict order. */
  constructor(before: (one: T, other: T) => boolean) {
    this.#before = before;
  }

  /** The first item; undefined if there is none. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** The number of items. */
  get size(): number {
    return this.#items.length;
  }

  /** Whether an item is there. */
  has(item: T): boolean {
    return this.#indexOf(item) !== undefined;
  }

  /** Adds an item, or moves it to its index after its order changed: O(log n). */
  set(item: T): void {
    if (this.#indexes === undefined && this.#items.length > FEW) {
      this.#indexes = new Map(this.#items.map((item, index) => [item, index]));
    }
    const index = this.#indexOf(item) ?? this.#items.length;
    this.#sink(item, this.#rise(item, index));
  }

  /** Removes an item: O(log n). Returns whether it was there. */
  delete(item: T): boolean {
    const index = this.#indexOf(item);
    if (index === undefined) return false;
    this.#indexes?.delete(item);
    const last = this.#items.pop();
    if (last !== undefined && last !== item) this.#sink(last, this.#rise(last, index));
    return true;
  }

  #indexOf(item: T): number | undefined {
    if (this.#indexes !== undefined) return this.#indexes.get(item);
    const index = this.#items.indexOf(item);
    return index < 0 ? undefined : index;
  }

  #rise(item: T, from: number): number {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(item, index);
    return index;
  }

  #sink(item: T, from: number): void {
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      let least = this.#items[below];
      const other = this.#items[below + 1];
      if (least === undefined) break;
      if (other !== undefined && this.#before(other, least)) {
        least = other;
        below++;
      }
      if (!this.#before(least, item)) break;
      this.#put(least, index);
      index = below;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    this.#indexes?.set(item, index);
  }
}
