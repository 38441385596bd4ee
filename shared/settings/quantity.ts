/**
 * Sizes and times as written on a command line. Both parsers return undefined for anything else.
 */

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  K: 1024,
  KiB: 1024,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1000 ** 4,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  "": 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A size in bytes: `4GiB`, `64K`, `1.5MB`, `1024`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(parseSize("4GiB"), 4294967296);
 * assert.equal(parseSize("four"), undefined);
 * ```
 */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE_UNITS);
}

/** A time in milliseconds: `10s`, `500ms`, `2m`, `1h`, `7d`; a bare number counts seconds. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, TIME_UNITS);
}

/** A day in milliseconds: the longest time that most settings take. */
export const DAY = 86_400_000;

/** A year in milliseconds: the longest time that any setting takes. */
export const YEAR: number = 366 * DAY;

/** A size as `parseSize()` reads it, from `least` to `most` bytes; undefined for any other. */
export function parseSizeBetween(
  text: string,
  { least, most = Infinity }: { readonly least: number; readonly most?: number },
): number | undefined {
  return between(parseSize(text), least, most);
}

/**
 * A time as `parseDuration()` reads it, from `least` to `most` milliseconds, which is a day unless
 * given; undefined for any other.
 */
export function parseDurationFrom(
  text: string,
  least: number,
  most: number = DAY,
): number | undefined {
  return between(parseDuration(text), least, most);
}

function between(value: number | undefined, least: number, most: number): number | undefined {
  return value === undefined || value < least || value > most ? undefined : value;
}

function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = units[match?.[2] ?? "?"];
  if (match === null || unit === undefined) return undefined;
  const value = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A size for people, in binary units with up to one decimal: `1.5 MiB`, `45 B`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    // A value that rounds up to 1024 of a unit is shown as 1 of the next.
    if (Math.round(value) < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${unit === "B" || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
}

/** Fewer bytes are sent in one or two packets, whose time gives no meaningful rate. */
export const LEAST_WITH_RATE: number = 64 * 1024;

/** A time for people: `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
