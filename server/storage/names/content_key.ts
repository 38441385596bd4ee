const KEY = /^[0-9a-f]{32}$/;

/** Whether a location is the key of contents that lie under it for good, and not a path. */
export function isContentKey(location: string): boolean {
  return KEY.test(location);
}
