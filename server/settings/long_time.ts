import { type Kind, kind } from "../../shared/settings/kind.ts";
import { parseDuration } from "../../shared/settings/quantity.ts";

const DAY = 24 * 3_600_000;

/** The longest time, in milliseconds: a year. */
const LONGEST: number = 366 * DAY;

/** A time in milliseconds that may be days, `7d`, or what `parseDuration()` reads; at least 1 s. */
export const longTime: Kind<number> = kind({
  metavar: "TIME",
  parse(text) {
    const [, days] = /^(\d{1,3})d$/.exec(text.trim()) ?? [];
    const time = days === undefined ? parseDuration(text) : Number(days) * DAY;
    return time === undefined || time < 1_000 || time > LONGEST ? undefined : time;
  },
  expected: "a time such as 7d, 12h or 30m, from 1s to 366d",
  format: formatted,
});

function formatted(milliseconds: number): string {
  if (milliseconds % DAY === 0) return `${milliseconds / DAY}d`;
  for (const [unit, size] of [["h", 3_600_000], ["m", 60_000], ["s", 1_000]] as const) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
