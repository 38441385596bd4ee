import { ok } from "node:assert/strict";
import { EvictionOrder } from "../../server/listening/eviction/eviction_order.ts";
import { timesAsLong } from "./times_as_long.ts";

/** Arrivals in one call. */
const ARRIVALS = 50;

/** How many times as long an arrival may take with 64 times as many places; a look at all: 64. */
const MOST = 8;

Deno.test("an arrival costs about the same with few places and with many", () => {
  const ratio = timesAsLong(arrivals(4096), arrivals(64), { most: MOST });
  ok(ratio <= MOST, `${ratio.toFixed(1)} times as long`);
});

/** Arrivals at full places, each from an address of its own, each followed by bytes of another. */
function arrivals(places: number): () => void {
  let time = 0;
  const now = () => time;
  const order = new EvictionOrder<object>({ now, minimumStay: 1000, mostYoung: places / 2 });
  const items: object[] = [];
  const arrive = () => {
    time += 1;
    const item = {};
    items.push(item);
    order.add(item, `${items.length}`);
    order.identify(item, `${items.length % places}`);
    const other = items[items.length - (places >> 2)];
    if (other !== undefined) order.moved(other, 1);
    const next = order.size > places ? order.next() : undefined;
    if (next !== undefined) order.delete(next);
  };
  for (let arrival = 0; arrival < 2 * places; arrival++) arrive();
  return () => {
    for (let arrival = 0; arrival < ARRIVALS; arrival++) arrive();
  };
}
