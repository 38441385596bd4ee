import { type Clock, pause } from "../../shared/clock.ts";
import { formatDuration } from "../../shared/settings/quantity.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import {
  SERVER_DEVIATIONS,
  type ServerDeviation,
} from "../../shared/protocol3/parsing/reply_parser.ts";
import { type ClientError, factOf } from "../client_error.ts";
import type { Quirks } from "../settings/send_settings.ts";
import {
  ConnectFailed,
  ConnectionLost,
  ForeignService,
  noConnection,
  noRevision,
  NotUnderstood,
  otherService,
  WentAway,
} from "./connection/errors.ts";
import type { Handshake } from "./handshake.ts";
import type { HandshakeStart } from "./connection/request_reply.ts";
import { ServerLink, type ServerLinkOptions } from "./connection/server_link.ts";
import { Outages } from "../network/connecting.ts";
import { findRevision } from "./revision_search.ts";
import { CONNECT_LIMIT } from "./connection/server_connection.ts";
import type { Reporter } from "../uplink.ts";

export interface ConnectorOptions {
  readonly server: Address;
  readonly revision: RevisionName | "auto";
  /**
   * With `auto`: the revision that the server spoke in an earlier run. It is tried first, and the
   * others only after an error or silence, or at the last attempt.
   */
  readonly provenRevision?: RevisionName | undefined;
  /** How often an attempt is repeated after a failure. */
  readonly retries: number;
  /** Milliseconds for which lost connections are retried after a first complete handshake. */
  readonly retryTime: number;
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  readonly quirks: Quirks;
  readonly handshake: Handshake;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /** A random number from 0 up to 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Makes the connections of a session, and records what they showed of the server. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #clock: Clock;
  #revision: Revision | undefined;
  #everConnected = false;
  #everKnown = false;
  /** Whether a connection was lost. */
  #wary = false;
  /** How many connections were lost before the server's revision was known. */
  #lostOpenings = 0;
  /** Whether the other of two revisions was tried that look alike before a file is sent. */
  #hasDoubted = false;
  /** The last reason that was reported for the present outage. */
  #lastReason: string | undefined;
  readonly #deviations = new Set<ServerDeviation>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    if (options.revision !== "auto") this.#revision = REVISIONS[options.revision];
  }

  /** The revision to speak: the one found, or else the one requested. */
  get revision(): RevisionName | "auto" {
    return this.#revision?.name ?? this.#options.revision;
  }

  /**
   * Connects, and finds out the revision if it is not known. Throws a `ClientError`
   * (`no-connection`, `no-revision`, `server-error`), and `ConnectionLost` when there was a
   * connection before.
   */
  async connect(): Promise<HandshakeStart> {
    const { server, reporter } = this.#options;
    const start = this.#everConnected ? await this.#again() : await this.#firstContact();
    this.#revision = start.revision;
    this.#everConnected = true;
    reporter.detail(`Connected to ${formatAddress(server)}`);
    return start;
  }

  /** Records a complete handshake: from here on lost connections are retried for longer. */
  known(outages: Outages): void {
    this.#everKnown = true;
    this.#lastReason = undefined;
    outages.ended();
  }

  /**
   * After an error amid a first file in 2023a that a search found, which may be 2022c: speaks that
   * once, then 2023a again, with the public key in the place of a reconnect, which 2022c has not.
   * Returns whether the revision has changed, so that a new link is needed.
   */
  doubtRevision(): boolean {
    const { revision, provenRevision, reporter } = this.#options;
    if (revision !== "auto" || provenRevision !== undefined) return false;
    const doubted = this.#revision?.name;
    if (doubted !== (this.#hasDoubted ? "2022c" : "2023a")) return false;
    const next = doubted === "2023a" ? "2022c" : "2023a";
    this.#hasDoubted = true;
    this.#revision = REVISIONS[next];
    reporter.trouble(`The server may not speak revision ${doubted}; trying ${next}`);
    return true;
  }

  /** Counts the failures of a piece of work. */
  outages(): Outages {
    const { retries, retryTime, random = Math.random } = this.#options;
    return new Outages({
      ...{ retries, random, clock: this.#clock },
      retryTime: () => this.#everKnown ? retryTime : 0,
    });
  }

  /**
   * Reports that a connection was lost or could not be made, and waits before the next attempt;
   * returns false when retries are exhausted. Throws a `ClientError` for a service of another kind,
   * unless a server of the protocol was seen before.
   */
  async pauseAfterLoss(outages: Outages, error: ConnectionLost): Promise<boolean> {
    const { retries, reporter } = this.#options;
    if (error instanceof ForeignService && !this.#everKnown) throw this.#otherService(error);
    this.#wary = true;
    const next = outages.failed();
    if (next === undefined) return false;
    const { pause: milliseconds, failures, left } = next;
    const why = factOf(error.message);
    if (left === 0) {
      reporter.trouble(
        `${why}; trying again in ${milliseconds / 1000} s (${failures} of ${retries})`,
      );
    } else if (why !== this.#lastReason) {
      const on = this.#lastReason === undefined ? "" : "another ";
      reporter.trouble(`${why}; trying again for ${on}${formatDuration(left)}`);
      this.#lastReason = why;
    } else {
      reporter.detail(`${why}; trying again in ${formatDuration(milliseconds)}`);
    }
    await pause(this.#clock, milliseconds);
    return true;
  }

  async #firstContact(): Promise<HandshakeStart> {
    const { retries, reporter } = this.#options;
    // The limit applies to all attempts together.
    const end = this.#clock.now() + CONNECT_LIMIT;
    const outages = this.outages();
    for (;;) {
      try {
        return await this.#open(Math.round(end - this.#clock.now()));
      } catch (error) {
        if (!(error instanceof ConnectFailed)) throw error;
        // Once it is started again, the same question would end it again.
        if (error instanceof WentAway) throw noConnection(error);
        const next = outages.failed();
        if (next === undefined || this.#clock.now() + next.pause >= end) throw noConnection(error);
        reporter.trouble(
          `${factOf(error.message)}; trying again in ${next.pause / 1000} s ` +
            `(${next.failures} of ${retries})`,
        );
        await pause(this.#clock, next.pause);
      }
    }
  }

  async #again(): Promise<HandshakeStart> {
    try {
      return await this.#open(this.#options.timeout);
    } catch (error) {
      if (!(error instanceof ConnectFailed)) throw error;
      throw new ConnectionLost(error.message, { cause: error });
    }
  }

  /** Makes a connection within `limit` milliseconds. */
  async #open(limit: number): Promise<HandshakeStart> {
    const { timeout } = this.#options;
    const options = { ...this.#linkOptions, connectTimeout: Math.min(timeout, limit) };
    const revision = this.#revision;
    if (revision !== undefined) {
      const link = await ServerLink.open({ ...options, revisions: [revision] });
      return { revision, link, sendsKey: this.#hasDoubted };
    }
    try {
      return await this.#search(options);
    } catch (error) {
      if (error instanceof ForeignService) throw this.#otherService(error);
      if (error instanceof ConnectionLost) this.#lostOpenings += 1;
      throw error;
    }
  }

  #otherService(error: ForeignService): ClientError {
    const { handshake, server } = this.#options;
    handshake.wasAnswered();
    return otherService(error, server);
  }

  async #search(options: Omit<ServerLinkOptions, "revisions">): Promise<HandshakeStart> {
    const { retries, reporter, provenRevision } = this.#options;
    let askedBefore: string | undefined;
    for (let failures = 1;; failures++) {
      const proven = provenRevision === undefined || failures > 1 ? undefined : {
        revision: REVISIONS[provenRevision],
        isLastTry: this.#lostOpenings >= retries,
      };
      try {
        return await findRevision({ ...this.#options, ...options, proven, askedBefore });
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        if (error.answered) reporter.trouble("server responded with an error");
        if (failures > retries || error.silent) throw noRevision(error);
        if (!error.answered) reporter.trouble(`${error.message}; asking again`);
        reporter.detail(error.message);
        askedBefore = error.asked;
      }
    }
  }

  get #linkOptions(): Omit<ServerLinkOptions, "revisions"> {
    const { server, timeout, quirks, reporter } = this.#options;
    const onDeviation = (deviation: ServerDeviation) => {
      if (this.#deviations.has(deviation)) return;
      this.#deviations.add(deviation);
      reporter.detail(`The server deviates from the protocol: ${SERVER_DEVIATIONS[deviation]}`);
    };
    return { server, timeout, quirks, onDeviation, wary: this.#wary, clock: this.#clock };
  }
}
