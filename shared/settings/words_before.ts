import { splitWords } from "./read_settings.ts";
import type { FlagSetting } from "./setting.ts";

/** What the words before a word say about it. */
export interface WordsBefore {
  /** The flag whose value it is; undefined if it is none. */
  readonly due: FlagSetting | undefined;
  /** The flags before it. */
  readonly given: ReadonlySet<string>;
  /** The number of arguments before it. */
  readonly args: number;
  /** Whether it may be a flag: no `--` is before it. */
  readonly isOpen: boolean;
}

/** Returns what the words before a word say about it; `flags` includes short forms. */
export function readWordsBefore(
  before: readonly string[],
  flags: ReadonlyMap<string, FlagSetting>,
): WordsBefore {
  const expectsValue = (flag: string) => (flags.get(flag)?.type ?? "switch") !== "switch";
  const isKnown = (flag: string) => flags.has(flag);
  const { given, args, isOpen } = splitWords(before, { expectsValue, isKnown });
  const last = given.at(-1);
  const isDue = last !== undefined && last.value === undefined && expectsValue(last.flag);
  return {
    due: isDue ? flags.get(last.flag) : undefined,
    given: new Set(given.map(({ flag }) => flags.get(flag)?.flag ?? flag)),
    args: args.length,
    isOpen,
  };
}
