import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Protocol } from "../protocol_connection.ts";
import { AnswerCut, type Handler } from "./handler.ts";
import { Pipe } from "./pipe.ts";
import type { AnsweredPipe, PipeCounter, PipeEnd } from "./pipe_options.ts";

/**
 * Bytes that a pipe passes on at once, in each direction, with so many pipes: together at most 56
 * MiB, and 32 KiB for each further one. Of 256 KiB an upload takes a fifth of the pipe's time less
 * than of 64 KiB (decision 0064); of 64 KiB, 500 uploads that end at once took 440 MB.
 */
const PASS_SIZES = [
  { pipes: 64, size: 256 * 1024 },
  { pipes: 256, size: 64 * 1024 },
  { pipes: Infinity, size: 16 * 1024 },
] as const;

/**
 * The number of cut connections after which a server is replaced. The runtime keeps its side of
 * some of them, with a descriptor and up to a megabyte, until the server ends: those, for instance,
 * that end while a body is read whose answer has begun.
 */
const MOST_CUT = 64;

/**
 * How many ended connections are remembered: the runtime may hand out a request of one after its
 * end.
 */
const MOST_ENDED = 1_024;

/** Only this machine can connect to it. */
const HOST = "127.0.0.1";

/** What an inner server and its pipes count. */
export type InnerServerCounter =
  | PipeCounter
  | "inner-servers-failed"
  | `refused.${"internal-error" | "not-through-the-front"}`;

export interface InnerServerOptions {
  readonly handler: Handler;
  /** The certificate and its key, in PEM, for TLS. Default: clear text. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Milliseconds between two requests of a connection. Default: the idle time of the limits. */
  readonly restTime?: number;
  /** The number of cut connections after which a server is replaced. Default: 64. */
  readonly mostCut?: number;
  readonly log: Logger;
  readonly counters: Counters<InnerServerCounter>;
  readonly clock: Clock;
}

/**
 * The runtime's HTTP server behind a front that accepts the connections, with all limits and turns:
 * by itself it has none.
 */
export class InnerServer implements AsyncDisposable {
  /** The protocol of a listener that is answered by the server. */
  readonly protocol: Protocol;
  readonly #options: InnerServerOptions;
  /** The pipes by the ports of both ends of their connections to the server. */
  readonly #pipes = new Map<string, AnsweredPipe>();
  /** The ports of the last pipes that have ended, the earliest first. */
  readonly #ended = new Set<string>();
  /** Servers that were replaced, and still have connections. */
  readonly #replaced = new Set<Running>();
  #tls: InnerServerOptions["tls"];
  #running: Running;

  private constructor(options: InnerServerOptions) {
    const { handler, restTime, counters, clock } = options;
    const pipeOptions = {
      ...{ handler, restTime, counters, clock },
      connect: (pipe: AnsweredPipe) => this.#connect(pipe),
      passSize: () => PASS_SIZES.find(({ pipes }) => this.#pipes.size <= pipes)?.size ?? 0,
      register: (inner: Deno.TcpConn, pipe: AnsweredPipe) => this.#register(inner, pipe),
    };
    this.#options = options;
    this.#tls = options.tls;
    this.protocol = (link) => new Pipe(link, pipeOptions);
    this.#running = this.#serve();
  }

  /** Opens a server on a free port of loopback. */
  static open(options: InnerServerOptions): InnerServer {
    return new InnerServer(options);
  }

  /** The port on which it listens now, for connections through its pipes. */
  get port(): number {
    return this.#running.server.addr.port;
  }

  /** Ends all answers and closes the server; to be called when no pipe is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop, server, failed } of [this.#running, ...this.#replaced]) {
      // The runtime fails when what has ended is to end.
      if (failed) continue;
      stop.abort();
      await server.finished;
    }
  }

  async #connect(pipe: AnsweredPipe): Promise<Deno.TcpConn> {
    const { mostCut = MOST_CUT } = this.#options;
    // It ends by itself when it lacks a descriptor for a connection.
    if (this.#running.failed) this.#running = this.#serve();
    else this.#replaceIfCut(mostCut);
    const running = this.#running;
    const { port } = running.server.addr;
    running.pipes.add(pipe);
    try {
      return await Deno.connect({ hostname: HOST, port });
    } catch (error) {
      this.#leave(running, pipe);
      throw error;
    }
  }

  /**
   * Serves new connections with another certificate; existing ones are closed when they are idle.
   * Throws, and changes nothing, if the runtime rejects the certificate.
   */
  useIdentity(tls: NonNullable<InnerServerOptions["tls"]>): void {
    const before = this.#tls;
    this.#tls = tls;
    try {
      this.#replace();
    } catch (error) {
      this.#tls = before;
      throw error;
    }
  }

  /** Has another server take new connections; the one before ends with its last pipe. */
  #replace(): void {
    const before = this.#running;
    this.#running = this.#serve();
    if (before.failed) return;
    this.#replaced.add(before);
    for (const pipe of before.pipes) pipe.endAtRest();
    this.#endIfLeft(before);
  }

  /** Replaces a server after `mostCut` cut connections. */
  #replaceIfCut(most: number): void {
    if (this.#running.cut < most) return;
    try {
      this.#replace();
    } catch {
      // Without a descriptor for another, it serves on.
    }
  }

  #register({ localAddr, remoteAddr }: Deno.TcpConn, pipe: AnsweredPipe): PipeEnd {
    const ends = `${remoteAddr.port} ${localAddr.port}`;
    const all = [this.#running, ...this.#replaced];
    const running = all.find(({ server }) => server.addr.port === remoteAddr.port);
    this.#pipes.set(ends, pipe);
    this.#ended.delete(ends);
    return ({ cut }) => {
      this.#pipes.delete(ends);
      this.#ended.add(ends);
      for (const first of this.#ended) {
        if (this.#ended.size <= MOST_ENDED) break;
        this.#ended.delete(first);
      }
      if (running === undefined) return;
      if (cut) running.cut++;
      this.#leave(running, pipe);
    };
  }

  #leave(running: Running, pipe: AnsweredPipe): void {
    running.pipes.delete(pipe);
    this.#endIfLeft(running);
    // Starting another one takes little, and no client waits for it.
    const { mostCut = MOST_CUT } = this.#options;
    if (this.#running.pipes.size === 0) this.#replaceIfCut(Math.ceil(mostCut / 8));
  }

  #endIfLeft(running: Running): void {
    if (running.pipes.size > 0 || !this.#replaced.has(running)) return;
    // Only this ends what the runtime kept.
    if (!running.failed) running.stop.abort();
    const ended = () => this.#replaced.delete(running);
    running.server.finished.then(ended, ended);
  }

  #serve(): Running {
    const { log, counters } = this.#options;
    const tls = this.#tls;
    const stop = new AbortController();
    const server = Deno.serve({
      ...{ hostname: HOST, port: 0, signal: stop.signal, ...tls },
      onListen() {},
      onError(error) {
        if (error instanceof AnswerCut) return new Response();
        counters.add("refused.internal-error");
        log.error("Cannot answer a request: {detail}", { detail: messageOf(error) });
        return new Response("The server has a fault; its log says more\n", { status: 500 });
      },
    }, (request, info) => {
      const ends = `${server.addr.port} ${info.remoteAddr.port}`;
      const pipe = this.#pipes.get(ends);
      // Asked for, `completed` rejects when the client has left: then the rejection has to be
      // handled.
      if (pipe !== undefined) return pipe.answer(request, info.completed);
      if (!this.#ended.has(ends)) counters.add("refused.not-through-the-front");
      return this.#refuse();
    });
    const running: Running = { server, stop, failed: false, pipes: new Set(), cut: 0 };
    server.finished.catch((error: unknown) => {
      running.failed = true;
      counters.add("inner-servers-failed");
      const detail = messageOf(error);
      const line = "Connections to a server inside are lost, {detail}: {reason}";
      // The log holds back lines with a reason that come often.
      log.warn(line, { detail, reason: "inner-server" });
    });
    return running;
  }

  /** Answers who connects to the port by itself: no limit would hold for it. */
  #refuse(): Response {
    const text = "This port is for the server itself; connect to one that it tells\n";
    // The runtime closes a connection only when an answer fails.
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      pull: (controller) => controller.error(MISDIRECTED),
    });
    return new Response(body, { status: 421 });
  }
}

/** What ends the connection of who came by itself. */
const MISDIRECTED = new AnswerCut("The connection did not come through the front");

/** A server that was started. */
interface Running {
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  readonly stop: AbortController;
  failed: boolean;
  /** Its pipes, and connections to it that are being made. */
  readonly pipes: Set<AnsweredPipe>;
  /** Connections that it did not end by itself. */
  cut: number;
}
