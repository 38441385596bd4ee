import { type Address, formatAddress } from "../../shared/files/address.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol/revision.ts";
import { SERVER_DEVIATIONS, type ServerDeviation } from "../../shared/protocol/server_deviation.ts";
import { ClientError, factOf } from "../client_error.ts";
import type { Compats } from "./compat.ts";
import { untilAnswered } from "./exchange.ts";
import { ConnectFailed, ConnectionLost, NotUnderstood } from "./faults.ts";
import type { Introduction, Meeting } from "./introduction.ts";
import { Line, type LineOptions } from "./line.ts";
import { meet } from "./revision_search.ts";
import { noConnection, noRevision } from "./session_ends.ts";
import type { Witness } from "./witness.ts";

/** What is needed to connect. */
export interface ConnectorOptions {
  readonly server: Address;
  readonly revision: RevisionName | "auto";
  /** How often it is tried again after a failure. */
  readonly retries: number;
  /** Milliseconds that each wait may take. */
  readonly timeout: number;
  readonly compats: Compats;
  readonly introduction: Introduction;
  readonly witness: Witness;
}

/** The first and the longest pause before a new connection, in milliseconds. */
const PAUSE = { first: 250, longest: 5_000 } as const;

/** Makes the connections of a session, and remembers what they showed of the server. */
export class Connector {
  readonly #options: ConnectorOptions;
  #revision: Revision | undefined;
  #everConnected = false;
  /** Whether a connection was lost. */
  #wary = false;
  readonly #deviations = new Set<ServerDeviation>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    if (options.revision !== "auto") this.#revision = REVISIONS[options.revision];
  }

  /** The revision to speak: the one that was found out, or else what was asked for. */
  get revision(): RevisionName | "auto" {
    return this.#revision?.name ?? this.#options.revision;
  }

  /**
   * Connects, and finds out the revision where it is not known. Throws a `ClientError` (`no-connection`,
   * `no-revision`, `server-error`), and `ConnectionLost` when there was a connection before.
   */
  async meet(): Promise<Meeting> {
    const { server, retries, witness } = this.#options;
    for (let failures = 1;; failures++) {
      try {
        const revision = this.#revision;
        const meeting = revision === undefined ? await this.#search() : {
          revision,
          line: await Line.open({ ...this.#lineOptions, revisions: [revision] }),
        };
        this.#revision = meeting.revision;
        this.#everConnected = true;
        witness.detail(`Connected to ${formatAddress(server)}`);
        return meeting;
      } catch (error) {
        if (!(error instanceof ConnectFailed)) throw error;
        if (this.#everConnected) throw new ConnectionLost(error.message, { cause: error });
        if (failures > retries) throw noConnection(error);
        await this.#pause(failures, error.message);
      }
    }
  }

  async #search(): Promise<Meeting> {
    try {
      return await untilAnswered(
        { doing: "talk to the server", ...this.#options },
        () => meet({ ...this.#options, ...this.#lineOptions }),
      );
    } catch (error) {
      if (error instanceof ClientError && error.cause instanceof NotUnderstood) {
        throw noRevision(error.cause);
      }
      throw error;
    }
  }

  get #lineOptions(): Omit<LineOptions, "revisions"> {
    const { server, timeout, compats, witness } = this.#options;
    const onDeviation = (deviation: ServerDeviation) => {
      if (this.#deviations.has(deviation)) return;
      this.#deviations.add(deviation);
      witness.detail(`The server deviates from the protocol: ${SERVER_DEVIATIONS[deviation]}`);
    };
    return { server, timeout, compats, onDeviation, wary: this.#wary };
  }

  /** Waits before another connection is made, for the time after time that one was lost. */
  async pauseAfterLoss(losses: number, { message }: ConnectionLost): Promise<void> {
    this.#wary = true;
    await this.#pause(losses, message);
  }

  async #pause(count: number, why: string): Promise<void> {
    const { retries, witness } = this.#options;
    const pause = Math.min(PAUSE.first * 2 ** (count - 1), PAUSE.longest);
    witness.trouble(`${factOf(why)}; trying again in ${pause / 1000} s (${count} of ${retries})`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
