/** Items whose places are not recorded: so few are found as fast by a look at all. */
const FEW = 8;

/** A binary heap of distinct items, which can be moved when their order changes, and removed. */
export class IndexedHeap<T> {
  readonly #before: (one: T, other: T) => boolean;
  readonly #items: T[] = [];
  /** The places of all items, once there were more than few. */
  #places: Map<T, number> | undefined;

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
    return this.#placeOf(item) !== undefined;
  }

  /** Adds an item, or moves it to its place after its order changed: O(log n). */
  set(item: T): void {
    if (this.#places === undefined && this.#items.length > FEW) {
      this.#places = new Map(this.#items.map((item, place) => [item, place]));
    }
    const place = this.#placeOf(item) ?? this.#items.length;
    this.#sink(item, this.#rise(item, place));
  }

  /** Removes an item: O(log n). Returns whether it was there. */
  delete(item: T): boolean {
    const place = this.#placeOf(item);
    if (place === undefined) return false;
    this.#places?.delete(item);
    const last = this.#items.pop();
    if (last !== undefined && last !== item) this.#sink(last, this.#rise(last, place));
    return true;
  }

  #placeOf(item: T): number | undefined {
    if (this.#places !== undefined) return this.#places.get(item);
    const place = this.#items.indexOf(item);
    return place < 0 ? undefined : place;
  }

  #rise(item: T, from: number): number {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(item, place);
    return place;
  }

  #sink(item: T, from: number): void {
    let place = from;
    for (;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let [least, below] = [this.#items[left], left];
      const other = this.#items[right];
      if (least === undefined) break;
      if (other !== undefined && this.#before(other, least)) [least, below] = [other, right];
      if (!this.#before(least, item)) break;
      this.#put(least, place);
      place = below;
    }
    this.#put(item, place);
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    this.#places?.set(item, place);
  }
}
