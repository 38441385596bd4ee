import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import type { ValueParser } from "@optique/core/valueparser";
import { setting, switchSetting } from "../../shared/settings/setting.ts";
import { byteSize, duration, valueParser } from "../../shared/settings/value_parsers.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

/** Stands for no limit at all. */
const NONE = "none";

const count = orNone({
  ...valueParser({
    metavar: "N",
    placeholder: 0,
    parse: (text) => /^\d{1,9}$/.test(text) ? Number(text) : undefined,
    expected: (text) => message`Expected a number or none, but got ${text}.`,
  }),
});
const size = orNone(byteSize({ least: 0 }));
/** What has to be there at least: no limit is 0. */
const least = orNone(byteSize({ least: 0 }), 0);
const time = duration();

/** The flags for what a server allows. Each default is that of `DEFAULT_LIMITS`. */
export function limitSettings(env: Environment): Parser<"sync", Omit<Limits, "fileSize">, unknown> {
  const of = <K extends keyof Limits>(key: K, text: string) => ({
    description: text,
    fallback: DEFAULT_LIMITS[key],
    env,
  });
  return object("What to allow", {
    connections: setting(
      "--max-connections",
      count,
      of("connections", "Connections at once"),
    ),
    connectionsPerAddress: setting(
      "--max-connections-per-address",
      count,
      of("connectionsPerAddress", "Connections at once from one address"),
    ),
    strangers: setting(
      "--max-strangers",
      count,
      of(
        "strangers",
        "Connections at once that have not said who they are; beyond it the one idle longest goes",
      ),
    ),
    firstRequestTime: setting(
      "--first-request-time",
      time,
      of("firstRequestTime", "How long a connection has for its first request"),
    ),
    idleTime: setting(
      "--idle-time",
      time,
      of("idleTime", "How long a connection may take to its next request or its next content"),
    ),
    leastRate: setting(
      "--least-rate",
      least,
      of(
        "leastRate",
        "Bytes per second that a transfer has to bring, over ten seconds, between its packets too",
      ),
    ),
    filesPerClient: setting(
      "--max-files-per-client",
      count,
      of("filesPerClient", "Files that one client may keep"),
    ),
    bytesPerClient: setting(
      "--max-bytes-per-client",
      size,
      of("bytesPerClient", "Bytes that one client may keep"),
    ),
    files: setting("--max-files", count, of("files", "Files that all clients may keep")),
    bytes: setting("--max-bytes", size, of("bytes", "Bytes that all clients may keep")),
    freeSpace: setting(
      "--keep-free",
      least,
      of("freeSpace", "Bytes of the disk that stay free"),
    ),
    namesPerHour: setting(
      "--max-names-per-hour",
      count,
      of("namesPerHour", "Names that one address may register in an hour"),
    ),
    claimTime: setting(
      "--claim-time",
      time,
      of("claimTime", "How long a name is kept for a client that has not sent its public key"),
    ),
    failures: setting(
      "--max-failures",
      count,
      of(
        "failures",
        "Failures after which an address is banned; one is forgotten every 30 s, and from a quarter on answers are late",
      ),
    ),
    banTime: setting("--ban-time", time, of("banTime", "How long a ban lasts")),
    loopback: switchSetting("--limit-loopback", {
      description: "Let limits per address, and bans, hold for this machine's own addresses too",
      env,
    }),
  });
}

/** A value that may be `none`, for no limit; `unlimited` is the value that limits nothing. */
function orNone(
  value: ValueParser<"sync", number>,
  unlimited = Number.MAX_SAFE_INTEGER,
): ValueParser<"sync", number> {
  return {
    ...value,
    parse: (text) => text === NONE ? { success: true, value: unlimited } : value.parse(text),
    format: (limit) => limit === unlimited ? NONE : value.format(limit),
  };
}
