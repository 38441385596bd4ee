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
