/** The names of the commands; their settings are in `commands.ts`, which most runs do not load. */
export const COMMAND_NAMES = [
  ...["send", "login", "ls", "get", "rm", "mv", "devices", "status", "token"],
  ...["probe", "doctor", "identity", "completions"],
] as const;

/** The name of a command. */
export type CommandName = typeof COMMAND_NAMES[number];

/** The command without settings, which shows the help of the others. */
export const HELP = "help";

/** The words that are commands in first position. */
export const COMMAND_WORDS: readonly string[] = [...COMMAND_NAMES, HELP];

/** Whether a word is the name of a command that has settings. */
export function isCommand(word: string): word is CommandName {
  return word !== HELP && COMMAND_WORDS.includes(word);
}
