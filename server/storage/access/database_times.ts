/** How long each wait for a PostgreSQL may take: all in milliseconds. */
export interface DatabaseTimes {
  /** Until a connection has to stand. */
  readonly connect: number;
  /** That a statement may take, its waits for others included: then the database ends it. */
  readonly statement: number;
  /** Without any answer to what is under way, after which the connection is given up. */
  readonly answer: number;
  /** For which a database that does not answer is tried again. */
  readonly retryTime: number;
  /** For which a start begins to connect to a database that does not answer. */
  readonly start: number;
  /** In which the session that is the sign of life has to answer. */
  readonly life: number;
}

/**
 * Milliseconds that something may wait for the database, all in all: the default of
 * `--database-timeout`. With it a database that restarts is tried again for 10 s.
 */
export const DATABASE_TIMEOUT = 60_000;

/**
 * Returns the shares that the waits have of the longest one. It is that of a write behind one whose
 * commit gets no answer: that waits for the answer (6/12), then connects to ask what became of it
 * (4/12), and the other one then waits for a database that answers (2/12). A statement that takes
 * too long is ended by the database before its connection would be given up.
 */
export function databaseTimes(longest: number = DATABASE_TIMEOUT): DatabaseTimes {
  const share = longest / 12;
  return {
    connect: Math.ceil(4 * share),
    statement: Math.ceil(5 * share),
    answer: Math.ceil(6 * share),
    retryTime: Math.ceil(2 * share),
    // With the last attempt, all of it.
    start: Math.ceil(8 * share),
    life: Math.ceil(share),
  };
}
