/** A server in the field, for tests of the client. */

import { deepStrictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Address } from "../../shared/text/address.ts";
import {
  PROTOCOL_VERSION,
  REPLY_HEADER,
  type RequestKind,
} from "../../shared/protocol3/message.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import type { OnRecord } from "../peers/official_answers.ts";
import { type Said, ServerBooks } from "./server_books.ts";
import type { ServerHabits } from "./server_habits.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { type Delivery, fieldReply, writesOf } from "./server_replies.ts";
import { ForeignCode, NotServed, type TakenRequest, takeRequest } from "./server_requests.ts";
import { CutOff, RequestSource } from "./server_source.ts";
import { listenOnOwnPort, untilVacant } from "../peers/own_port.ts";

/** What a server is, and how it is played. */
export interface FieldServerOptions {
  readonly revision: RevisionName;
  /** Default: none, which is a server by the book whose state belongs to the ids of clients. */
  readonly habits?: ServerHabits;
  /** Default: whole. */
  readonly delivery?: Delivery;
  /** The name of a file that is answered with a wrong checksum when it comes for the first time. */
  readonly wrongOnce?: string;
  /** Milliseconds between its last word and its close. Default: none. */
  readonly hesitation?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** For `slow`. Default: the system's. */
  readonly clock?: Clock;
  /** Called when something was taken, or was not, after which the client may go on. */
  readonly onTurn?: (what: ServerTurn) => void;
}

/** A packet that is not the last one, another request, a refusal, or silence at a foreign code. */
export type ServerTurn = "packet" | "request" | "refusal" | "silence";

/**
 * A server of protocol 3 on a free port of the loopback that has the habits it is given, and counts
 * on them: what departs from the letter of the protocol in any other way is answered with an error
 * and a close.
 *
 * Disposing of it ends all connections, and fails when the server itself has made a mistake.
 */
export class FieldServer implements AsyncDisposable {
  readonly revision: RevisionName;
  /** What it heard: the kinds of requests, connection by connection. */
  readonly heard: RequestKind[][] = [];
  /** What it did not serve, and why. */
  readonly refusals: string[] = [];
  /** All that it said, connection by connection. */
  readonly said: Uint8Array[][] = [];
  readonly #revision: Revision;
  readonly #habits: ServerHabits;
  readonly #delivery: Delivery;
  readonly #hesitation: number;
  readonly #clock: Clock;
  readonly #onTurn: (what: ServerTurn) => void;
  readonly #books: ServerBooks;
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;
  readonly #serving: Promise<void>[] = [];
  readonly #open = new Set<Deno.TcpConn>();
  readonly #mistakes: unknown[] = [];
  #closed = false;

  constructor(
    options: FieldServerOptions,
  ) {
    const { revision, habits = {}, delivery = "whole", hesitation = 0, port } = options;
    const { clock = SYSTEM_CLOCK, onTurn = () => {}, wrongOnce } = options;
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#listener = port === undefined && habits.foreignCode === "dies"
      ? listenOnOwnPort()
      : Deno.listen({ hostname: "127.0.0.1", port: port ?? 0 });
    this.#hesitation = hesitation;
    this.revision = revision;
    this.#revision = REVISIONS[revision];
    this.#habits = habits;
    this.#delivery = delivery;
    this.#books = new ServerBooks({ revision: this.#revision, habits, wrongOnce });
    this.#accepting = this.#accept();
  }

  /** Where it listens. */
  get address(): Address {
    const { hostname: host, port } = this.#listener.addr;
    return { host, port };
  }

  /** The plain files that it keeps, by name. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#books.files;
  }

  /** Puts a client on record, as if it had come before. */
  admit(client: OnRecord): void {
    this.#books.admit(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await Promise.all(this.#serving);
    deepStrictEqual(this.#mistakes, []);
  }

  async #accept(): Promise<void> {
    for (;;) {
      try {
        const conn = await this.#listener.accept();
        conn.setNoDelay();
        this.#open.add(conn);
        this.#serving.push(this.#serve(conn));
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        // A client that has left before it was accepted.
        if (!(error instanceof Deno.errors.NotConnected)) throw error;
      }
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const heard: RequestKind[] = [];
    const said: Uint8Array[] = [];
    this.heard.push(heard);
    this.said.push(said);
    const source = new RequestSource(conn, this.#habits);
    const send = async (bytes: Uint8Array, behind: Uint8Array = new Uint8Array(0)) => {
      said.push(joined([bytes, behind]));
      for (const write of writesOf(bytes, this.#delivery, behind)) await writeAll(conn, write);
    };
    try {
      for (;;) {
        const taken = await this.#take(source);
        if (taken === undefined) return;
        heard.push(taken.request.kind);
        this.#afterTaking(taken, source);
        const answers = await this.#books.answer(taken);
        const closes = this.#closes(taken, answers);
        const bytes = answers.map((answer) => this.#bytesOf(answer));
        // An error that came later would be taken for the answer to the next request.
        const behind = closes && bytes.length > 1 ? bytes.pop() : undefined;
        for (const [index, answer] of bytes.entries()) {
          await send(answer, index === bytes.length - 1 ? behind : undefined);
        }
        if (!closes) continue;
        if (this.#hesitation > 0) await pause(this.#hesitation);
        return;
      }
    } catch (error) {
      if (error instanceof ForeignCode && this.#habits.foreignCode !== undefined) {
        await this.#meetForeignCode(conn, send);
      } else if (error instanceof NotServed || error instanceof CutOff) {
        this.refusals.push(error.message);
        this.#onTurn("refusal");
        await send(this.#bytesOf(this.#books.error)).catch(() => {});
      } else if (!(error instanceof Error && error.constructor.name in Deno.errors)) {
        this.#mistakes.push(error);
      }
    } finally {
      if (this.#open.delete(conn)) conn.close();
    }
  }

  /** What is between two packets is not awaited by the client: a slow server is busy meanwhile. */
  #afterTaking({ request }: TakenRequest, source: RequestSource): void {
    const isBetween = request.kind === "file" && request.packet < request.packets;
    const { slow = 0 } = this.#habits;
    const end = this.#clock.now() + slow;
    if (isBetween && slow > 0) source.busyWhile(() => this.#clock.now() < end);
    this.#onTurn(isBetween ? "packet" : "request");
  }

  async #meetForeignCode(
    conn: Deno.TcpConn,
    send: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { foreignCode } = this.#habits;
    if (foreignCode === "2101") {
      const { replies } = REVISIONS["2022c"];
      const { code } = replies.registrationRefused;
      await send(REPLY_HEADER.encode({ version: PROTOCOL_VERSION, code, payloadSize: 0 }));
    } else if (foreignCode === "dies") {
      await this.#stop();
    } else {
      this.#onTurn("silence");
      // Until the client hangs up.
      await conn.readable.pipeTo(new WritableStream(), { preventCancel: true }).catch(() => {});
      this.#open.delete(conn);
    }
  }

  /**
   * Ends the listener and all connections, as when the process ends: what was opened first is
   * closed first, and who connects again is refused.
   */
  async #stop(): Promise<void> {
    if (this.#closed) return await this.#accepting;
    this.#closed = true;
    this.#listener.close();
    // The runtime closes it once nothing waits for it.
    await this.#accepting;
    await untilVacant(this.address.port);
    for (const conn of this.#open) conn.close();
    this.#open.clear();
  }

  async #take(source: RequestSource): Promise<TakenRequest | undefined> {
    return await takeRequest(source, {
      revision: this.#revision,
      habits: this.#habits,
      firstPacketSize: (clientId) => this.#books.firstPacketSize(clientId),
    });
  }

  #bytesOf(said: Said): Uint8Array {
    if (said instanceof Uint8Array) return said;
    return fieldReply(said, { revision: this.#revision, habits: this.#habits });
  }

  #closes({ request: { kind } }: TakenRequest, answers: readonly Said[]): boolean {
    const { closesAfter, errorAtEnd } = this.#habits;
    if (closesAfter === "request") return true;
    const replied = answers.some((answer) => !(answer instanceof Uint8Array));
    return closesAfter === "reply" && replied ||
      errorAtEnd === true && kind !== "file" && answers.length > 1;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await conn.write(rest));
}
