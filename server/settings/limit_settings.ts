import { byteSize, duration, kind, orNone } from "../../shared/settings/kind.ts";
import {
  defaultsOf,
  type Section,
  setting,
  toggle,
  type ValuesOf,
} from "../../shared/settings/setting.ts";
import { LEAST_MEMORY } from "./memory_bound.ts";

const count = orNone(kind({
  metavar: "N",
  parse: (text) => /^\d{1,9}$/.test(text) ? Number(text) : undefined,
  expected: "a number or none",
}));
const size = orNone(byteSize({ least: 0 }));
/** A minimum: 0 means no limit. */
const least = orNone(byteSize({ least: 0 }), 0);
const time = duration();

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** The limits of a server, so that no client can use up what others need. */
export const LIMITS = {
  connections: setting("--max-connections", count, {
    help: "Connections at once",
    fallback: 1024,
  }),
  memory: setting("--max-memory", orNone(byteSize({ least: LEAST_MEMORY })), {
    help: "Memory that the server may take; fewer connections are taken at once if it needs that",
    fallback: UNLIMITED,
  }),
  connectionsPerAddress: setting("--max-connections-per-address", count, {
    help: "Connections at once from one address; beyond it one that moved nothing for 10 s is " +
      "closed, or else the new one",
    fallback: 128,
  }),
  // A twelfth of the thread's time: to open and close one costs 0.15 ms.
  connectionRate: setting("--max-connections-per-second", count, {
    help:
      "Connections that one address may open in a second, on average; ten times as many at once, " +
      "and as many more wait",
    fallback: 500,
  }),
  // As many as from one address: a client with several connections opens them from one machine.
  connectionsPerClient: setting("--max-connections-per-client", count, {
    help:
      "Connections at once of one client; beyond it the one that moved the least lately is closed",
    fallback: 128,
  }),
  strangers: setting("--max-strangers", count, {
    help: "Connections at once that have not said who they are; beyond it one of the " +
      "address with the most is closed",
    fallback: UNLIMITED,
  }),
  firstRequestTime: setting("--first-request-time", time, {
    help: "How long a connection has for its first request",
    fallback: 30_000,
  }),
  idleTime: setting("--idle-time", time, {
    help: "How long a connection may take to its next request or its next content",
    fallback: 120_000,
  }),
  leastRate: setting("--least-rate", least, {
    help:
      "Bytes per second that a transfer has to bring, over ten seconds, between its packets too",
    fallback: 1024,
  }),
  // TCP may pause for as long between two tries (RFC 6298, section 2.5).
  standstillTime: setting("--standstill-time", time, {
    help: "How long nothing of a file may come amid it, where there is a least rate",
    fallback: 60_000,
  }),
  filesPerClient: setting("--max-files-per-client", count, {
    help: "Files that one client may keep",
    fallback: 100_000,
  }),
  bytesPerClient: setting("--max-bytes-per-client", size, {
    help: "Bytes that one client may keep",
    fallback: UNLIMITED,
  }),
  // As many as a start was measured with (docs/storage.md).
  files: setting("--max-files", count, {
    help: "Files that all clients may keep; one that replaces another is always taken",
    fallback: 1_000_000,
  }),
  bytes: setting("--max-bytes", size, {
    help: "Bytes that all clients may keep",
    fallback: UNLIMITED,
  }),
  freeSpace: setting("--keep-free", least, {
    help: "Bytes of the disk that stay free",
    fallback: 64 * 1024 ** 2,
  }),
  namesPerHour: setting("--max-names-per-hour", count, {
    help: "Names that one address may register in an hour",
    fallback: 120,
  }),
  claimTime: setting("--claim-time", time, {
    help: "How long a name is kept for a client that has not sent its public key",
    fallback: 600_000,
  }),
  failures: setting("--max-failures", count, {
    help: "Failures after which an address is banned; one is forgotten every 30 s, and from a " +
      "quarter on answers are late",
    fallback: 40,
  }),
  banTime: setting("--ban-time", time, { help: "How long a ban lasts", fallback: 600_000 }),
  loopback: toggle("--limit-loopback", {
    help: "Let limits per address, and bans, hold for this machine's own addresses too",
  }),
} as const satisfies Section;

/** `--max-file-size`, which is listed in another section. */
export const MAX_FILE_SIZE = setting("--max-file-size", byteSize({ least: 1 }), {
  help: "The largest file to accept",
  fallback: 4 * 1024 ** 3,
});

/** The values of the limits: counts, bytes, bytes per second, milliseconds; see `LIMITS`. */
export interface Limits extends ValuesOf<typeof LIMITS> {
  /** Maximum bytes of a plain file. */
  readonly fileSize: number;
}

/** The default limits. */
export const DEFAULT_LIMITS: Limits = { ...defaultsOf(LIMITS), fileSize: MAX_FILE_SIZE.fallback };
