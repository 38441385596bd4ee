import type { SeededRandom } from "../../chance/seeded_random.ts";

/** The items in an order that follows from the numbers of `random`, all orders equally likely. */
export function shuffled<T>(items: readonly T[], random: SeededRandom): readonly T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.below(left.length), 1));
  return order;
}
