import { type Address, formatAddress } from "../../shared/files/address.ts";
import type { VerdictKind } from "../../shared/protocol/message.ts";
import type { ChecksumReply } from "../../shared/protocol/reply.ts";
import { encodeRequest } from "../../shared/protocol/request.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol/revision.ts";
import { TextField } from "../../shared/protocol/text_field.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { LocalFile } from "../sending/local_file.ts";
import { sendContent } from "../sending/send_content.ts";
import { expectReply, serverError, untilAnswered } from "./exchange.ts";
import { ConnectFailed, ConnectionLost, ServerFault } from "./faults.ts";
import type { Introduced, Introduction, Meeting } from "./introduction.ts";
import { meet } from "./revision_search.ts";
import { ServerConnection } from "./server_connection.ts";
import type { Witness } from "./witness.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly server: Address;
  readonly revision: RevisionName | "auto";
  /** How often a request is sent again after an error, and a file after a wrong checksum. */
  readonly retries: number;
  /** Milliseconds that each wait may take. */
  readonly timeout: number;
  /** Bytes of content in a packet, if the user wants a certain number. */
  readonly packetSize: number | undefined;
  readonly introduction: Introduction;
  readonly witness: Witness;
}

/** A file that the server keeps, with the same checksum on both sides. */
export interface Sent {
  /** POSIX `cksum` of the file. */
  readonly checksum: number;
  readonly revision: RevisionName;
  /** How often the file was sent: 1 when all went well. */
  readonly attempts: number;
}

/** A connection on which the server knows who we are. */
interface Live extends Introduced {
  readonly connection: ServerConnection;
  readonly revision: Revision;
}

/** The first and the longest pause before a new connection, in milliseconds. */
const PAUSE = { first: 250, longest: 5_000 } as const;

/**
 * A client's dealings with one server: makes connections, says who it is, sends files one after the
 * other, and tries again where the protocol says so.
 */
export class Session {
  readonly #options: SessionOptions;
  #revision: Revision | undefined;
  #live: Live | undefined;
  #everConnected = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    if (options.revision !== "auto") this.#revision = REVISIONS[options.revision];
  }

  /**
   * Sends a file until the server confirms its checksum; `onProgress` is told how much of it was
   * sent. Throws a `ClientError` when that cannot be reached; another file may still be.
   */
  async send(file: LocalFile, onProgress: (sent: number) => void): Promise<Sent> {
    const { retries, witness } = this.#options;
    const count = { attempts: 0, faults: 0, losses: 0, mismatches: 0 };
    let resending = false;
    for (;;) {
      try {
        const live = await this.#ready();
        count.attempts += 1;
        const { checksum, same } = await this.#sendOnce(file, { live, resending, onProgress });
        resending = false;
        if (same) {
          await this.#verdict("crcValid", file, live);
          return { checksum, revision: live.revision.name, attempts: count.attempts };
        }
        count.mismatches += 1;
        if (count.mismatches > retries) {
          const end = checksumMismatch(file, count.mismatches);
          // The server drops the file also when it does not hear of it, so nothing is lost here.
          await this.#verdict("crcAbort", file, live).catch((error) => {
            if (!(error instanceof ConnectionLost || error instanceof ClientError)) throw error;
          });
          throw end;
        }
        witness.trouble(
          `The server found another checksum for ${JSON.stringify(file.name)}; sending it again ` +
            `(${count.mismatches} of ${retries})`,
        );
        await this.#say("crcRetry", file, live);
        resending = true;
      } catch (error) {
        resending = false;
        if (error instanceof ServerFault) {
          witness.trouble("server responded with an error");
          witness.detail(error.message);
          count.faults += 1;
          if (count.faults > retries) throw serverError(`send ${JSON.stringify(file.name)}`, error);
        } else if (error instanceof ConnectionLost) {
          count.losses += 1;
          if (count.losses > retries) throw connectionLost(file, error);
          await this.#pause(count.losses, error.message);
        } else {
          throw error;
        }
      }
    }
  }

  /** Ends the session. Harmless when repeated. */
  async close(): Promise<void> {
    await this.#live?.connection.close();
    this.#live = undefined;
  }

  async #sendOnce(
    file: LocalFile,
    { live, resending, onProgress }: {
      readonly live: Live;
      readonly resending: boolean;
      readonly onProgress: (sent: number) => void;
    },
  ): Promise<{ readonly checksum: number; readonly same: boolean }> {
    const { packetSize, witness } = this.#options;
    const checksum = await sendContent(file, { ...live, packetSize, onProgress });
    const reply = await checksumReply(live, resending);
    const name = JSON.stringify(file.name);
    witness.detail(`Checksum of ${name}: ${checksum} here, ${reply.checksum} on the server`);
    return { checksum, same: checksum === reply.checksum };
  }

  async #verdict(kind: VerdictKind, file: LocalFile, live: Live): Promise<void> {
    const doing = `end the transfer of ${JSON.stringify(file.name)}`;
    await untilAnswered({ doing, ...this.#options }, async () => {
      await this.#say(kind, file, live);
      const { reply } = await expectReply(live.connection, live);
      if (reply.kind !== "acknowledged") throw outOfTurn(kind, reply.kind);
    });
  }

  async #say(kind: VerdictKind, file: LocalFile, live: Live): Promise<void> {
    const { connection, revision, clientId } = live;
    const fileName = TextField.of(file.name);
    await connection.send(encodeRequest(revision, { kind, clientId, fileName }));
  }

  /** The present connection if it still stands, else a new one. */
  async #ready(): Promise<Live> {
    if (this.#live !== undefined && !this.#live.connection.ended) return this.#live;
    await this.close();
    const meeting = await this.#meet();
    try {
      const introduced = await this.#options.introduction.make(meeting);
      const { connection, revision } = meeting;
      return this.#live = { connection, revision, ...introduced };
    } catch (error) {
      await meeting.connection.close();
      throw error;
    }
  }

  async #meet(): Promise<Meeting> {
    const { server, timeout, retries, witness } = this.#options;
    for (let failures = 1;; failures++) {
      try {
        const revision = this.#revision;
        const meeting = revision === undefined ? await this.#search() : {
          revision,
          connection: await ServerConnection.open(server, { revisions: [revision], timeout }),
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
    return await untilAnswered(
      { doing: "talk to the server", ...this.#options },
      () => meet(this.#options),
    );
  }

  async #pause(count: number, why: string): Promise<void> {
    const { retries, witness } = this.#options;
    const pause = Math.min(PAUSE.first * 2 ** (count - 1), PAUSE.longest);
    witness.trouble(`${why}; trying again in ${pause / 1000} s (${count} of ${retries})`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The reply to a whole file. After a `crcRetry` some servers acknowledge that first. */
async function checksumReply(live: Live, resending: boolean): Promise<ChecksumReply> {
  for (let skip = resending;; skip = false) {
    const { reply } = await expectReply(live.connection, live);
    if (reply.kind === "fileReceived") return reply;
    if (!skip || reply.kind !== "acknowledged") throw outOfTurn("file", reply.kind);
  }
}

function outOfTurn(request: string, reply: string): ServerFault {
  return new ServerFault(`The server answered "${request}" with "${reply}"`);
}

function checksumMismatch({ name }: LocalFile, times: number): ClientError {
  return new ClientError(
    `The server found another checksum for ${
      JSON.stringify(name)
    } ${times} times and keeps nothing ` +
      "of it; check this machine's disk and memory and the network, then send it again",
    { reason: "checksum-mismatch", exitCode: EXIT.failed },
  );
}

function connectionLost({ name }: LocalFile, cause: ConnectionLost): ClientError {
  return new ClientError(
    `The connection was lost too often while sending ${JSON.stringify(name)}: ${cause.message}; ` +
      "check the network and the server, then send it again",
    { reason: "connection-lost", exitCode: EXIT.failed, cause },
  );
}

function noConnection(cause: ConnectFailed): ClientError {
  return new ClientError(cause.message, {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    cause,
  });
}
