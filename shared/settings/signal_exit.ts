/**
 * The exit codes of a program ended by a signal: by the convention of shells, 128 plus its number.
 */
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;
