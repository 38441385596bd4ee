import { quotedPath } from "../../shared/text/quoted.ts";
import type { VerdictKind } from "../../shared/protocol3/message.ts";
import type { ChecksumReply } from "../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import type { Revision, RevisionName } from "../../shared/protocol3/revision.ts";
import { ClientError, factOf } from "../client_error.ts";
import type { LocalFile } from "../files/local_file.ts";
import { sendContent } from "./sending/send_content.ts";
import { SYSTEM_CLOCK } from "./connection/deadline.ts";
import { nameField } from "./connection/quirks.ts";
import { Connector, type ConnectorOptions } from "./connector.ts";
import { ask, replyIn, serverError, untilAnswered } from "./connection/request_reply.ts";
import {
  checksumMismatch,
  ConnectionLost,
  connectionLost,
  ServerFault,
} from "./connection/errors.ts";
import type { HandshakeResult } from "./aes_key.ts";
import type { ServerLink } from "./connection/server_link.ts";
import type { Outages } from "./connection/outages.ts";
import { isStored } from "./is_stored.ts";

/** What a session needs. `retries` is also how often a file is sent again after a wrong checksum. */
export interface SessionOptions extends ConnectorOptions {
  /** Bytes of content in a packet, if the user wants a certain number. */
  readonly packetSize: number | undefined;
  /** Milliseconds to wait between two packets. */
  readonly packetDelay: number;
}

/** A file that the server keeps, with the same checksum on both sides. */
export interface Sent {
  /** POSIX `cksum` of the file. */
  readonly checksum: number;
  readonly revision: RevisionName;
  /** How often the file was sent: 1 when all went well. */
  readonly attempts: number;
}

/** A link on which the server knows who we are. */
interface Live extends HandshakeResult {
  readonly link: ServerLink;
  readonly revision: Revision;
}

/**
 * Milliseconds between a `crcRetry` and the file: some servers say something to it, or hang up then, and
 * some take what they receive for one request.
 */
const RETRY_PAUSE = 100;

/**
 * How many timeouts a server may let pass before it says a checksum, as long as it says other things in
 * between: some answer each packet when they have done with it.
 */
const CHECKSUM_PATIENCE = 10;

/** Milliseconds that a server may need to store a file, however short the timeout is. */
const LONG_COMMIT = 30_000;

/**
 * A client's dealings with one server: makes connections, says who it is, sends files one after the
 * other, and tries again where the protocol says so.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #connector: Connector;
  #live: Live | undefined;
  /** Sessions of the same client beside this one. */
  readonly #siblings = new Set<Session>();
  /** Whether others beside it may have changed what the server holds for the present connection. */
  #interfered = false;
  /** The link on which it is saying who it is. */
  #opening: ServerLink | undefined;
  #retired = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connector = new Connector(options);
  }

  /**
   * Sends a file until the server confirms its checksum; `onProgress` is told how much of it was
   * sent. Throws a `ClientError` when that cannot be reached; another file may still be.
   */
  async send(file: LocalFile, onProgress: (sent: number) => void): Promise<Sent> {
    const { retries, packetDelay, reporter } = this.#options;
    const count = { attempts: 0, faults: 0, mismatches: 0 };
    const outages = this.#connector.outages();
    for (;;) {
      try {
        const live = await this.#ready();
        this.#connector.known(outages);
        count.attempts += 1;
        const { checksum, same } = await this.#sendOnce(file, { live, onProgress });
        if (same) {
          await this.#confirm(file, { live, outages });
          return { checksum, revision: live.revision.name, attempts: count.attempts };
        }
        if (await this.#wasInterfered()) continue;
        count.mismatches += 1;
        if (count.mismatches > retries) {
          const end = checksumMismatch(file, count.mismatches);
          // The server drops the file also when it does not hear of it, so nothing is lost here.
          await this.#verdict("crcAbort", file, live).catch((error) => {
            if (!(error instanceof ConnectionLost || error instanceof ClientError)) throw error;
          });
          throw end;
        }
        reporter.trouble(
          `The server found another checksum for ${quotedPath(file.name)}; sending it again ` +
            `(${count.mismatches} of ${retries})`,
        );
        await live.link.request(this.#verdictRequest("crcRetry", file, live));
        await live.link.hangUp();
        await live.link.linger(Math.max(RETRY_PAUSE, packetDelay));
      } catch (error) {
        if (error instanceof ConnectionLost && this.#live?.link.noticeHangUp()) {
          // It had hung up before anything of the file was sent.
          count.attempts -= 1;
          continue;
        }
        if (isTrouble(error) && await this.#wasInterfered()) continue;
        if (error instanceof ServerFault) {
          // Perhaps it did not hang up on purpose, and has forgotten who we are.
          if (this.#live?.link.hangsUp) await this.#hangUp();
          reporter.trouble("server responded with an error");
          reporter.detail(error.message);
          count.faults += 1;
          if (count.faults > retries) throw serverError(`send ${quotedPath(file.name)}`, error);
        } else if (error instanceof ConnectionLost) {
          await this.#hangUp();
          const again = await this.#connector.pauseAfterLoss(outages, error);
          if (!again) throw connectionLost(file, { cause: error, waited: outages.waited });
        } else {
          throw error;
        }
      }
    }
  }

  /**
   * Another session of the same client beside this one, over a connection of its own, once a file was
   * begun here. It never tries again and never registers: whatever it cannot send, this one can.
   */
  sibling(): Session {
    const { handshake } = this.#options;
    const session = new Session({
      ...this.#options,
      revision: this.#connector.revision,
      retries: 0,
      retryTime: 0,
      handshake: handshake.forSibling(),
      reporter: { ...this.#options.reporter, trouble: () => {} },
    });
    this.#siblings.add(session);
    return session;
  }

  /** Connects and says who we are, ahead of a file; whether that went well at the first try. */
  async prepare(): Promise<boolean> {
    try {
      await this.#ready();
      return true;
    } catch (error) {
      if (isTrouble(error) || error instanceof ClientError) return false;
      throw error;
    }
  }

  /**
   * Ends all sessions beside this one, because the server does not do well with several. This one gets a new
   * connection, and begins its file anew: some servers keep one AES key, or one upload, for all that a
   * client has, and leave it waiting for ever.
   */
  async closeSiblings(): Promise<void> {
    if (this.#siblings.size === 0) return;
    this.#options.reporter.detail("Goes on over a single connection");
    this.#interfered = true;
    const others = [...this.#siblings];
    this.#siblings.clear();
    await Promise.all([this.#hangUp(), ...others.map((session) => session.retire())]);
  }

  /** Ends the session and those beside it. Harmless when repeated. */
  async close(): Promise<void> {
    await Promise.all([...this.#siblings].map((session) => session.retire()));
    await this.#opening?.close();
    await this.#hangUp();
    await this.#options.handshake.close();
  }

  /** Ends the session for good: whatever it is still asked to do fails. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.close();
  }

  async #hangUp(): Promise<void> {
    await this.#live?.link.close();
    this.#live = undefined;
  }

  /** Whether others beside it may be what went wrong. They are ended then, and it can begin anew. */
  async #wasInterfered(): Promise<boolean> {
    await this.closeSiblings();
    return this.#interfered;
  }

  async #sendOnce(
    file: LocalFile,
    { live, onProgress }: {
      readonly live: Live;
      readonly onProgress: (sent: number) => void;
    },
  ): Promise<{ readonly checksum: number; readonly same: boolean }> {
    const { reporter } = this.#options;
    const onPacket = (checksum: number) => this.#confirmPacket(checksum, file, live);
    const options = { ...this.#options, ...live, onProgress, onPacket };
    const { checksum, expected, packets } = await sendContent(file, options);
    const reply = await this.#checksumReply(live, packets);
    const name = quotedPath(file.name);
    reporter.detail(`Checksum of ${name}: ${expected} here, ${reply.checksum} on the server`);
    return { checksum, same: expected === reply.checksum };
  }

  /**
   * Tells the server that its checksum is right. Should the connection be lost before it has answered, it
   * may have kept the file all the same: then it is asked again, before the file is sent again. Throws
   * `ConnectionLost` when the server does not say so.
   */
  async #confirm(
    file: LocalFile,
    { live, outages }: { readonly live: Live; readonly outages: Outages },
  ): Promise<void> {
    try {
      return await this.#verdict("crcValid", file, live);
    } catch (error) {
      if (!(error instanceof ConnectionLost) || this.#retired) throw error;
      const name = quotedPath(file.name);
      this.#options.reporter.trouble(
        `${factOf(error.message)}; ${name} may be stored, asking the server again`,
      );
    }
    await this.#hangUp();
    const stored = await isStored(file, {
      ...this.#options,
      connector: this.#connector,
      outages,
      request: this.#verdictRequest("crcValid", file, live),
      clientId: live.clientId,
      limit: this.#confirmationTime,
      onLink: (link) => this.#opening = link,
    });
    if (stored) return;
    throw new ConnectionLost(`The server did not say whether ${quotedPath(file.name)} is stored`);
  }

  /** Milliseconds to wait for the acknowledgement of a confirmation: the server stores the file first. */
  get #confirmationTime(): number {
    const { timeout } = this.#options;
    return Math.max(timeout, Math.min(CHECKSUM_PATIENCE * timeout, LONG_COMMIT));
  }

  async #verdict(kind: VerdictKind, file: LocalFile, live: Live): Promise<void> {
    const doing = `end the transfer of ${quotedPath(file.name)}`;
    const { clientId } = live;
    const expected = kind === "crcValid"
      ? { clientId, limit: this.#confirmationTime }
      : { clientId };
    await untilAnswered({ doing, ...this.#options }, async () => {
      const { reply } = await ask(live.link, this.#verdictRequest(kind, file, live), expected);
      if (reply.kind !== "acknowledged") throw outOfTurn(kind, reply.kind);
    });
  }

  #verdictRequest(kind: VerdictKind, file: LocalFile, { revision, clientId }: Live): Uint8Array {
    const fileName = nameField(file.name, this.#options.quirks);
    return encodeRequest(revision, { kind, clientId, fileName });
  }

  /** Has the server say the checksum of a packet, and tells it that it is right. */
  async #confirmPacket(checksum: number, file: LocalFile, live: Live): Promise<void> {
    const reply = await this.#checksumReply(live, 1);
    if (reply.checksum !== checksum) {
      throw new ServerFault("The server found another checksum for a packet");
    }
    await this.#verdict("crcValid", file, live);
  }

  /** The reply to so many packets. Some servers answer each before it, and some a `crcRetry`. */
  async #checksumReply({ link, clientId }: Live, packets: number): Promise<ChecksumReply> {
    const { timeout, clock = SYSTEM_CLOCK } = this.#options;
    const left = { acknowledged: packets + 1, packetReceived: packets };
    const end = clock.now() + CHECKSUM_PATIENCE * timeout;
    for (;;) {
      const limit = Math.min(timeout, end - clock.now());
      if (limit <= 0) throw new ConnectionLost("The server said other things, and no checksum");
      const event = await link.next(limit);
      if (event.type === "packetReceived" && left.packetReceived-- > 0) continue;
      const { reply } = replyIn(event, { clientId });
      if (reply.kind === "fileReceived") return reply;
      if (reply.kind !== "acknowledged" || left.acknowledged-- <= 0) {
        throw outOfTurn("file", reply.kind);
      }
    }
  }

  /** The present connection if it still stands, else a new one. */
  async #ready(): Promise<Live> {
    if (this.#live !== undefined && !this.#live.link.ended && !this.#interfered) return this.#live;
    await this.#hangUp();
    const interfered = this.#interfered;
    this.#interfered = false;
    this.#refuseIfRetired();
    const start = await this.#connector.meet();
    this.#opening = start.link;
    try {
      this.#refuseIfRetired();
      const result = await this.#options.handshake.make(start);
      const { link, revision } = start;
      return this.#live = { link, revision, ...result };
    } catch (error) {
      await start.link.close();
      if (interfered && isTrouble(error)) {
        // It may not have heard yet that the other connections ended: a pause, and it will.
        throw new ConnectionLost("The server does not take us back yet", { cause: error });
      }
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  #refuseIfRetired(): void {
    if (this.#retired) throw new ConnectionLost("The session was ended");
  }
}

/** Whether an error may come of what the server makes of several connections. */
function isTrouble(error: unknown): boolean {
  return error instanceof ServerFault || error instanceof ConnectionLost ||
    error instanceof ClientError && error.reason === "server-error";
}

function outOfTurn(request: string, reply: string): ServerFault {
  return new ServerFault(`The server answered "${request}" with "${reply}"`);
}
