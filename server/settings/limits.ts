/** What a server allows, so that nobody can take from others what it has. */
export interface Limits {
  /** Connections at once, in all. */
  readonly connections: number;
  /** Connections at once from one address. */
  readonly connectionsPerAddress: number;
  /** Connections at once that have not said who they are; beyond it the one idle longest is closed. */
  readonly strangers: number;
  /** Milliseconds from the connection to the end of its first request. */
  readonly firstRequestTime: number;
  /** Milliseconds without a whole request and without content. */
  readonly idleTime: number;
  /** Bytes per second that a transfer has to bring, over ten seconds, also between its packets. */
  readonly leastRate: number;
  /** Bytes of the largest plain file. */
  readonly fileSize: number;
  /** Files that one client may keep. */
  readonly filesPerClient: number;
  /** Bytes that one client may keep. */
  readonly bytesPerClient: number;
  /** Files that all clients together may keep. */
  readonly files: number;
  /** Bytes that all clients together may keep. */
  readonly bytes: number;
  /** Bytes of the disk that are left free. */
  readonly freeSpace: number;
  /** Names that one address may register in an hour. */
  readonly namesPerHour: number;
  /** Milliseconds after which a name is free again whose client has sent no public key. */
  readonly claimTime: number;
  /** Failures of one address after which it is banned; from a quarter of them on, answers are late. */
  readonly failures: number;
  /** Milliseconds that a ban lasts. */
  readonly banTime: number;
  /** Whether limits per address, and bans, hold for this machine's own addresses too. */
  readonly loopback: boolean;
}

/** The limits of a server that is told nothing else. */
export const DEFAULT_LIMITS: Limits = {
  connections: 1024,
  connectionsPerAddress: 128,
  strangers: 256,
  firstRequestTime: 30_000,
  idleTime: 120_000,
  leastRate: 1024,
  fileSize: 4 * 1024 ** 3,
  filesPerClient: 100_000,
  bytesPerClient: Number.MAX_SAFE_INTEGER,
  files: Number.MAX_SAFE_INTEGER,
  bytes: Number.MAX_SAFE_INTEGER,
  freeSpace: 64 * 1024 ** 2,
  namesPerHour: 120,
  claimTime: 600_000,
  failures: 40,
  banTime: 600_000,
  loopback: false,
};
