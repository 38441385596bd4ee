/**
 * The command-line parser takes quadratic time for arguments that may be repeated: 0.6 s for 2,000 files.
 * So what is certain to be a file is kept from it.
 *
 * No flag takes more than one value. In a row of arguments that do not begin with a dash, all but the first
 * are therefore files.
 */

/** A row of files that one placeholder stands for. */
export interface ManyFiles {
  /** The command line for the parser, with a placeholder for each row of files. */
  readonly args: readonly string[];
  /** The files in the order of the command line, from those that the parser found. */
  restore(found: readonly string[]): readonly string[];
}

/** Files in a row that are left to the parser: for a few it is quick enough. */
const FEW = 16;

/** Begins a placeholder; no argument has it, since the system ends arguments at this character. */
const MARK = "\0files ";

/** Takes long rows of files out of a command line. */
export function withoutManyFiles(args: readonly string[]): ManyFiles {
  const rows = new Map<string, readonly string[]>();
  const kept: string[] = [];
  for (let at = 0; at < args.length;) {
    const length = rowAt(args, at);
    if (length <= FEW) {
      kept.push(...args.slice(at, at + Math.max(1, length)));
    } else {
      const [first = "", ...files] = args.slice(at, at + length);
      const mark = `${MARK}${rows.size}`;
      rows.set(mark, files);
      kept.push(first, mark);
    }
    at += Math.max(1, length);
  }
  return {
    args: kept,
    restore: (found) => found.flatMap((file) => rows.get(file) ?? [file]),
  };
}

/** How many arguments from here on stand in a row without a dash before them, none empty. */
function rowAt(args: readonly string[], start: number): number {
  let end = start;
  for (let arg = args[end]; arg !== undefined; arg = args[++end]) {
    if (arg === "" || arg.startsWith("-")) break;
  }
  return end - start;
}
