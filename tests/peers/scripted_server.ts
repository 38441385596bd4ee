import { ok } from "node:assert/strict";
import type { Address } from "../../shared/text/address.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { encodeReply, type Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { listenOnOwnPort, untilVacant } from "./own_port.ts";
import { OfficialAnswers, type OnRecord } from "./official_answers.ts";
import { PeerConnection, type PeerEvent } from "./peer_connection.ts";

/** One thing that a server can do when it is asked something. */
export type Action =
  /** What the book says. */
  | "official"
  | "nothing"
  /** Closes the connection; where something of what came is still unread, that resets it. */
  | "close"
  /** Listens no more; see `stops`. */
  | "stop"
  /** Neither reads nor says anything from here on. */
  | "deaf"
  /** Sends this reply. */
  | Reply
  /** Sends these bytes, whatever they are. */
  | Uint8Array;

/**
 * What a server does when it is asked something: one thing, or several in turn, even without end.
 */
export type Answer = Action | Iterable<Action>;

/** Decides what a server does about a request; undefined leaves it to the book. */
export type Script = (
  request: ShortRequest | FileRequest,
  turn: Turn,
) => Answer | undefined | Promise<Answer | undefined>;

/** What a script is told beside the request. */
export interface Turn {
  /** How many requests of its kind the server has seen, this one included; each packet counts. */
  readonly nth: number;
  readonly connection: PeerConnection;
  /** Acts on the request by the book, once, and says what the reply would be, if there is one. */
  readonly official: () => Promise<Reply | undefined>;
  /** The bytes of a reply in the server's revision. */
  readonly encode: (reply: Reply) => Uint8Array;
}

/** What a server is, and where it leaves the book. */
export interface ServerScript {
  readonly revision: RevisionName;
  /** Whether it is to stop listening before its test is over. Default: no. */
  readonly stops?: boolean;
  /** Bytes in the AES keys that it gives. Default: as the revision says. */
  readonly aesKeySize?: number;
  /** What is done when a client has connected. Default: nothing. */
  readonly onConnect?: Answer;
  /** Asked when the head of a file request is in. An answer is all that this request gets. */
  readonly onFileHead?: Script;
  /** Asked when a whole request is in. */
  readonly onRequest?: Script;
  /**
   * What is done about what is no request of the revision. Default: an error reply, and a close.
   */
  readonly onRefused?: Answer;
}

/** Milliseconds in which a client has to have hung up once its test is over. */
const LONGEST_WAIT = 60_000;

/** The most bytes that a plain file may have. */
const MAX_FILE_SIZE = 1 << 30;

/**
 * A server of protocol 3 on a free port of the loopback, for tests of a client. It really speaks
 * the protocol, leaves it where its script says so, and remembers what it saw.
 *
 * Disposing of it fails when a client left a connection open, and when the script threw.
 *
 * @example
 * ```ts
 * await using server = new ScriptedServer({
 *   revision: "2024a",
 *   // Hangs up on the first file.
 *   onRequest: ({ kind }, { nth }) => kind === "file" && nth === 1 ? "close" : undefined,
 * });
 * ```
 */
export class ScriptedServer implements AsyncDisposable {
  /** The connections that clients made, in order. */
  readonly connections: PeerConnection[] = [];
  readonly #script: ServerScript;
  readonly #revision: Revision;
  readonly #official: OfficialAnswers;
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;
  readonly #serving: Promise<void>[] = [];
  readonly #counts = new Map<RequestKind, number>();
  readonly #over = Promise.withResolvers<void>();
  readonly #mistakes: unknown[] = [];

  constructor(script: ServerScript) {
    this.#script = script;
    this.#revision = REVISIONS[script.revision];
    const aesKeySize = script.aesKeySize ?? this.#revision.aesKeySize;
    this.#official = new OfficialAnswers({ revision: this.#revision, aesKeySize });
    this.#listener = script.stops === true
      ? listenOnOwnPort()
      : Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Where it listens. */
  get address(): Address {
    const { hostname: host, port } = this.#listener.addr;
    return { host, port };
  }

  /** The revision that it speaks. */
  get revision(): RevisionName {
    return this.#revision.name;
  }

  /** The plain files that it keeps, by name. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#official.files;
  }

  /** What it heard, connection by connection: kinds of requests, reasons of refusals. */
  get heard(): readonly PeerConnection["heard"][] {
    return this.connections.map(({ heard }) => heard);
  }

  /** The requests that it saw, over all connections. */
  get requests(): readonly (ShortRequest | FileRequest)[] {
    return this.connections.flatMap(({ requests }) => requests);
  }

  /** Puts a client on record, as if it had come before. */
  admit(client: OnRecord): void {
    this.#official.admit(client);
  }

  /** Listens no more, once this resolves: who connects from then on is refused. */
  async stopListening(): Promise<void> {
    ok(this.#script.stops === true, "A server that stops needs a port of its own");
    await this.#close();
    await untilVacant(this.address.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.#over.resolve();
    const inTime = await settledWithin(LONGEST_WAIT, this.#serving);
    for (const connection of this.connections) connection.close();
    await Promise.all(this.#serving);
    if (this.#mistakes.length > 0) throw this.#mistakes[0];
    ok(inTime, "A client left its connection open");
  }

  async #close(): Promise<void> {
    closeListener(this.#listener);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      const { name: revision } = this.#revision;
      const connection = new PeerConnection(conn, { revision, maxFileSize: MAX_FILE_SIZE });
      this.connections.push(connection);
      this.#serving.push(this.#serve(connection));
    }
  }

  async #serve(connection: PeerConnection): Promise<void> {
    try {
      await this.#perform(this.#script.onConnect ?? "nothing", this.#turn(connection));
      for await (const event of connection.events()) await this.#meet(event, connection);
    } catch (error) {
      this.#mistakes.push(error);
    } finally {
      connection.close();
    }
  }

  async #meet(event: PeerEvent, connection: PeerConnection): Promise<void> {
    const { onRefused, onFileHead, onRequest } = this.#script;
    if (event.type === "refused") {
      const answer = onRefused ?? [this.#official.error, "close"];
      return await this.#perform(answer, this.#turn(connection));
    }
    const { type, request } = event;
    const { kind } = request;
    if (type === "fileHead" || kind !== "file") {
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    }
    if (type === "fileHead") {
      const turn = this.#turn(connection, kind);
      const answer = await onFileHead?.(request, turn);
      if (answer === undefined) return;
      connection.skipContent();
      this.#official.drop(connection);
      return await this.#perform(answer, turn);
    }
    let acted: Promise<Reply | undefined> | undefined;
    const official = () => acted ??= this.#official.answer({ ...event, connection });
    const turn = { ...this.#turn(connection, kind), official };
    await this.#perform(await onRequest?.(request, turn) ?? "official", turn);
    // A packet that was not taken in breaks its file: the rest of it has to be dropped.
    if (kind === "file" && acted === undefined) this.#official.drop(connection);
  }

  #turn(connection: PeerConnection, kind?: RequestKind): Turn {
    return {
      nth: kind === undefined ? 0 : this.#counts.get(kind) ?? 0,
      connection,
      official: () => Promise.resolve(undefined),
      encode: (reply) => encodeReply(this.#revision, reply),
    };
  }

  async #perform(answer: Answer, turn: Turn): Promise<void> {
    for (const action of isAction(answer) ? [answer] : answer) {
      if (turn.connection.ended) return;
      await this.#do(action, turn);
    }
  }

  async #do(action: Action, { connection, official, encode }: Turn): Promise<void> {
    if (action === "nothing") return;
    if (action === "close") return connection.close();
    if (action === "stop") return await this.stopListening();
    if (action === "deaf") return await this.#over.promise;
    if (action instanceof Uint8Array) return await connection.send(action);
    const reply = action === "official" ? await official() : action;
    if (reply !== undefined) await connection.send(encode(reply));
  }
}

function isAction(answer: Answer): answer is Action {
  return typeof answer === "string" || answer instanceof Uint8Array || "kind" in answer;
}

function closeListener(listener: Deno.TcpListener): void {
  try {
    listener.close();
  } catch {
    // It is closed already.
  }
}

async function settledWithin(
  milliseconds: number,
  work: readonly Promise<void>[],
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([Promise.all(work).then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
