/** The size of the largest byte string that is newly made while `act` runs; views do not count. */
export function largestAllocation(act: () => void): number {
  const original = globalThis.Uint8Array;
  let largest = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args, newTarget) {
      const [size] = args;
      if (typeof size === "number") largest = Math.max(largest, size);
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    act();
  } finally {
    globalThis.Uint8Array = original;
  }
  return largest;
}
