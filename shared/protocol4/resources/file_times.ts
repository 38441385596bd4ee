/** Nanoseconds in a millisecond. */
const MILLISECOND = 1_000_000n;

/** The range of a signed number of 64 bits, which is how file systems keep nanoseconds. */
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

/**
 * Whether a text is a time of modification as it is sent: decimal nanoseconds since 1970, without
 * leading zeros, within 64 bits. It is never a number of JSON, which would be rounded.
 */
export function isTimeText(text: string): boolean {
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) return false;
  const value = BigInt(text);
  return value >= LOWEST && value <= HIGHEST;
}

/**
 * The text for a time in milliseconds since 1970, of which a fraction is dropped; undefined for one
 * that has none: before September 1677, after April 2262, or not finite.
 */
export function timeText(milliseconds: number): string | undefined {
  if (!Number.isFinite(milliseconds)) return undefined;
  const text = String(BigInt(Math.floor(milliseconds)) * MILLISECOND);
  return isTimeText(text) ? text : undefined;
}

/** The milliseconds of a time of `isTimeText()`, the runtime's finest; a fraction is dropped. */
export function timeMilliseconds(text: string): number {
  const value = BigInt(text);
  const whole = value / MILLISECOND;
  return Number(value < 0n && whole * MILLISECOND !== value ? whole - 1n : whole);
}

/** The mode of a file that has none and had none before. */
export const DEFAULT_MODE = 0o644;

/** A mode as it is sent: three octal digits, the permissions of owner, group and others. */
export function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}

/** The permissions of a text of three or four octal digits, the first of four being 0. */
export function parseMode(text: string): number | undefined {
  return /^0?[0-7]{3}$/.test(text) ? parseInt(text, 8) : undefined;
}
