import { ok } from "node:assert/strict";

/**
 * Fails unless a measurement is below a bound. Measures again after one that is not, up to `tries`
 * times in all: what else a machine does spoils some measurements, and a fault all of them.
 */
export async function assertBelow(
  most: number,
  measure: () => Promise<number>,
  { tries, unit }: {
    readonly tries: number;
    /** What is measured, for the error. */
    readonly unit: string;
  },
): Promise<void> {
  const measured: number[] = [];
  while (measured.length < tries && !measured.some((value) => value < most)) {
    measured.push(await measure());
  }
  ok(Math.min(...measured) < most, `${measured.join(", ")} ${unit}, and not below ${most}`);
}
