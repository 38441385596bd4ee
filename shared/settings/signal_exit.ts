/** What a program exits with that a signal ended: by the habit of shells, 128 plus its number. */
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;
