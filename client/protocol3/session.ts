import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, factOf } from "../client_error.ts";
import type { LocalFile, Sent, Uplink } from "../uplink.ts";
import {
  checksumMismatch,
  ConnectionLost,
  connectionLost,
  ServerFault,
} from "./connection/errors.ts";
import type { Outages } from "../network/connecting.ts";
import { serverError } from "./connection/request_reply.ts";
import type { ServerLink } from "./connection/server_link.ts";
import { Connector, type ConnectorOptions } from "./connector.ts";
import { type Pace, Pacing } from "./sending/packet_plan.ts";
import { FileTransfer, type FileTransferOptions, type KnownLink } from "./file_transfer.ts";
import type { ProvenSettings } from "./identity/proven_settings.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/**
 * What a session needs. `retries` is also how often a file is sent again after a wrong checksum.
 */
export interface SessionOptions extends ConnectorOptions, FileTransferOptions {
  /** Whether the user has given `packetSize` or `packetDelay`, so that they are kept. */
  readonly isPaceGiven?: boolean;
  /**
   * Called with the settings of the first file that was stored, and when others work. It may throw
   * a `ClientError`, which is only told.
   */
  readonly onProven?: ((settings: ProvenSettings) => Promise<void>) | undefined;
}

/**
 * Milliseconds between a `crcRetry` and the file: some servers reply to it or hang up, and some
 * treat all bytes of one receive as one request.
 */
const RETRY_PAUSE = 100;

/**
 * An uplink by protocol 3: connects, identifies the client, sends files one after the other, and
 * retries where the protocol says so.
 */
export class Session implements Uplink {
  readonly #options: SessionOptions;
  readonly #connector: Connector;
  #known: KnownLink | undefined;
  readonly #siblings = new Set<Session>();
  /** Whether siblings may have changed the server's state for the present connection. */
  #interfered = false;
  /** The link of a handshake in progress. */
  #opening: ServerLink | undefined;
  #closed = false;
  readonly #pacing: Pacing;
  /** The pace that was told as proven. */
  #proven: Pace | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connector = new Connector(options);
    this.#pacing = new Pacing(options, { isGiven: options.isPaceGiven ?? false });
  }

  /** As `Uplink`. */
  get hasQuirks(): boolean {
    return this.#options.quirks.size > 0;
  }

  /** As `Uplink.send`: until the server confirms the checksum. */
  async send(file: LocalFile, onProgress: (sent: number) => void): Promise<Sent> {
    const { retries, reporter } = this.#options;
    const pacing = this.#pacing;
    pacing.begin(file.size);
    // The link while packets are sent over it.
    let sending: KnownLink | undefined;
    const count = { attempts: 0, faults: 0, mismatches: 0 };
    const outages = this.#connector.outages();
    for (;;) {
      try {
        const known = await this.#ready();
        this.#connector.known(outages);
        count.attempts += 1;
        const transfer = new FileTransfer(file, known, { ...this.#options, ...pacing.pace });
        sending = known;
        const { checksum, same } = await transfer.send(onProgress);
        sending = undefined;
        if (same) {
          await this.#confirm(file, { transfer, clientId: known.clientId, outages });
          await this.#tellProven(known.revision.name);
          const { name, aesKeySize } = known.revision;
          const short = known.keySize < aesKeySize && { keyBits: known.keySize * 8 };
          return { checksum, revision: name, attempts: count.attempts, ...short };
        }
        if (await this.#wasInterfered()) continue;
        count.mismatches += 1;
        if (count.mismatches > retries) {
          const end = checksumMismatch(file, count.mismatches);
          // The server drops the file without this request too, so a failure does not matter.
          await transfer.conclude("crcAbort").catch((error) => {
            if (!(error instanceof ConnectionLost || error instanceof ClientError)) throw error;
          });
          throw end;
        }
        reporter.trouble(
          `The server found another checksum for ${quotedPath(file.name)}; sending it again ` +
            `(${count.mismatches} of ${retries})`,
        );
        await known.link.request(transfer.verdict("crcRetry"));
        await known.link.hangUp();
        await known.link.linger(Math.max(RETRY_PAUSE, pacing.pace.packetDelay));
      } catch (error) {
        if (error instanceof ConnectionLost && this.#known?.link.noticeHangUp()) {
          // The server had hung up before anything of the file was sent.
          count.attempts -= 1;
          continue;
        }
        if (isTrouble(error) && await this.#wasInterfered()) continue;
        if (error instanceof ServerFault) {
          // It may have hung up by accident, and lost its state of this client.
          if (this.#known?.link.hangsUp) await this.#hangUp();
          reporter.trouble("server responded with an error");
          reporter.detail(error.message);
          count.faults += 1;
          const isFirst = sending !== undefined && this.#proven === undefined;
          if (isFirst && this.#connector.doubtRevision()) await this.#hangUp();
          const spoken = sending?.revision;
          sending = undefined;
          if (count.faults > retries) {
            const advice = spoken && pacing.adviceIn(spoken);
            throw serverError(`send ${quotedPath(file.name)}`, error, advice);
          }
          if (spoken?.packets && pacing.slowDown()) reporter.trouble(paceLine(file, pacing.pace));
        } else if (error instanceof ConnectionLost) {
          await this.#hangUp();
          const again = !this.#closed && await this.#connector.pauseAfterLoss(outages, error);
          if (!again) throw connectionLost(file, { cause: error, waited: outages.waited });
        } else {
          throw error;
        }
      }
    }
  }

  /** As `Uplink`. */
  sibling(): Session {
    const { handshake } = this.#options;
    const session = new Session({
      ...this.#options,
      revision: this.#connector.revision,
      retries: 0,
      retryTime: 0,
      handshake: handshake.forSibling(),
      onProven: undefined,
      reporter: { ...this.#options.reporter, trouble: () => {} },
    });
    this.#siblings.add(session);
    return session;
  }

  /** As `Uplink.open`: connects, and identifies the client. */
  async open(): Promise<boolean> {
    try {
      await this.#ready();
      return true;
    } catch (error) {
      if (isTrouble(error) || error instanceof ClientError) return false;
      throw error;
    }
  }

  /**
   * As `Uplink.closeSiblings`. This session makes a new connection, and begins its file again: some
   * servers have one AES key, or one upload, for all connections of a client, and stop answering
   * the others.
   */
  async closeSiblings(): Promise<void> {
    if (this.#siblings.size === 0) return;
    this.#options.reporter.detail("Goes on over a single connection");
    this.#interfered = true;
    const siblings = [...this.#siblings];
    this.#siblings.clear();
    await Promise.all([this.#hangUp(), ...siblings.map((session) => session.close())]);
  }

  /** As `Uplink`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#siblings].map((session) => session.close()));
    await this.#opening?.close();
    await this.#hangUp();
    await this.#options.handshake.close();
  }

  async #tellProven(revision: RevisionName): Promise<void> {
    const { onProven, quirks, reporter } = this.#options;
    const pace = this.#pacing.worked();
    if (pace === this.#proven) return;
    this.#proven = pace;
    const { packetSize, packetDelay } = pace;
    try {
      await onProven?.({ revision, quirks, packetSize, packetDelay });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      reporter.detail(error.message);
    }
  }

  async #hangUp(): Promise<void> {
    await this.#known?.link.close();
    this.#known = undefined;
  }

  /**
   * Whether siblings may be the cause of a failure. If so they are closed, and the file can be sent
   * again.
   */
  async #wasInterfered(): Promise<boolean> {
    await this.closeSiblings();
    return this.#interfered;
  }

  /**
   * Confirms the checksum to the server. If the connection is lost before its reply, it may have
   * stored the file: it is asked about that before the file is sent again. Throws `ConnectionLost`
   * if the server does not say that it has the file.
   */
  async #confirm(
    file: LocalFile,
    { transfer, clientId, outages }: {
      readonly transfer: FileTransfer;
      readonly clientId: ClientId;
      readonly outages: Outages;
    },
  ): Promise<void> {
    try {
      return await transfer.conclude("crcValid");
    } catch (error) {
      if (!(error instanceof ConnectionLost) || this.#closed) throw error;
      const name = quotedPath(file.name);
      this.#options.reporter.trouble(
        `${factOf(error.message)}; ${name} may be stored, asking the server again`,
      );
    }
    await this.#hangUp();
    const { isStored } = await import("./is_stored.ts");
    const stored = await isStored(file, {
      ...this.#options,
      connector: this.#connector,
      outages,
      request: transfer.verdict("crcValid"),
      clientId,
      limit: transfer.confirmationTime,
      onLink: (link) => this.#opening = link,
    });
    if (stored) return;
    throw new ConnectionLost(`The server did not say whether ${quotedPath(file.name)} is stored`);
  }

  /** The present connection if it is still open, else a new one. */
  async #ready(): Promise<KnownLink> {
    if (this.#known !== undefined && !this.#known.link.ended && !this.#interfered) {
      return this.#known;
    }
    await this.#hangUp();
    const interfered = this.#interfered;
    this.#interfered = false;
    this.#refuseIfClosed();
    const start = await this.#connector.connect();
    this.#opening = start.link;
    try {
      this.#refuseIfClosed();
      const result = await this.#options.handshake.make(start);
      const { link, revision } = start;
      return this.#known = { link, revision, ...result };
    } catch (error) {
      await start.link.close();
      if (interfered && isTrouble(error)) {
        // The server may not have noticed the end of the other connections: retries after a pause.
        throw new ConnectionLost("The server does not take us back yet", { cause: error });
      }
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new ConnectionLost("The session was closed");
  }
}

function paceLine({ name }: LocalFile, { packetSize, packetDelay }: Pace): string {
  return `Sending ${quotedPath(name)} in packets of ${packetSize} bytes, ${packetDelay} ms apart`;
}

/** Whether an error may be caused by the use of several connections. */
function isTrouble(error: unknown): boolean {
  return error instanceof ServerFault || error instanceof ConnectionLost ||
    error instanceof ClientError && error.reason === "server-error";
}
