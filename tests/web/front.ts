/** A listener in front of an inner server, in the process of a test. */

import type { ChoosingCounter } from "../../server/listening/choosing/decide_protocol.ts";
import type { ClearCounter } from "../../server/listening/choosing/clear_answer.ts";
import {
  InnerServer,
  type InnerServerCounter,
  type InnerServerOptions,
} from "../../server/listening/piping/inner_server.ts";
import type { Handler } from "../../server/listening/piping/handler.ts";
import type { Protocol } from "../../server/listening/protocol_connection.ts";
import { type ListeningCounter, serveListeners } from "../../server/listening/serve_listeners.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { Limits } from "../../server/settings/limit_settings.ts";
import type { Network } from "../../server/settings/network_setting.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { LIMITS, type LoggedLine, recordedLog } from "../peers/test_services.ts";
import { connectTo } from "./http_exchange.ts";

/** Milliseconds: longer than any test. */
const HOUR = 3_600_000;

type FrontCounter = ListeningCounter | InnerServerCounter | ChoosingCounter | ClearCounter;

/** How to open one. */
export interface FrontOptions
  extends Partial<Pick<InnerServerOptions, "tls" | "clock" | "mostCut">> {
  /** What the listener speaks, given a server inside. Default: that server's protocol. */
  readonly protocol?: (inner: InnerServer, counters: Counters<FrontCounter>) => Protocol;
  /** Those that differ from the usual ones. */
  readonly limits?: Partial<Limits>;
  /** Balancers that send PROXY headers. Default: none. */
  readonly proxies?: readonly Network[];
}

/** It listens on a free port of loopback; disposing of it ends all. */
export class Front implements AsyncDisposable {
  readonly inner: InnerServer;
  readonly counters: Counters<FrontCounter>;
  readonly lines: readonly LoggedLine[];
  /** `HOST:PORT`. */
  readonly address: string;
  readonly #stopping = new AbortController();
  readonly #served: Promise<void>;
  #grace = HOUR;

  private constructor({ inner, counters, lines, listener, serve }: {
    readonly inner: InnerServer;
    readonly counters: Counters<FrontCounter>;
    readonly lines: readonly LoggedLine[];
    readonly listener: Deno.TcpListener;
    readonly serve: (
      how: { readonly grace: number; readonly stopping: AbortSignal },
    ) => Promise<void>;
  }) {
    this.inner = inner;
    this.counters = counters;
    this.lines = lines;
    this.address = `127.0.0.1:${listener.addr.port}`;
    const grace = () => this.#grace;
    this.#served = serve({
      stopping: this.#stopping.signal,
      get grace() {
        return grace();
      },
    }).finally(() => inner[Symbol.asyncDispose]());
  }

  /** Begins to serve a handler. */
  static async open(
    handler: Handler,
    options: FrontOptions = {},
  ): Promise<Front> {
    const { tls, clock = SYSTEM_CLOCK, limits, protocol = (inner) => inner.protocol } = options;
    const { proxies = [], mostCut } = options;
    const counters = new Counters<FrontCounter>();
    const { log, lines } = await recordedLog();
    const services = { log, counters, clock };
    const inner = InnerServer.open({
      ...{ handler, ...services },
      ...(tls !== undefined && { tls }),
      ...(mostCut !== undefined && { mostCut }),
    });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serve = (how: { readonly grace: number; readonly stopping: AbortSignal }) => {
      const options = Object.assign(how, {
        ...{ ...services, proxies, limits: { ...LIMITS, ...limits } },
      });
      return serveListeners([{ listener, protocol: protocol(inner, counters) }], options);
    };
    return new Front({ inner, counters, lines, listener, serve });
  }

  /** Opens a connection to it. */
  connect(): Promise<Deno.TcpConn> {
    return connectTo(this.address);
  }

  /** Takes no more connections; resolves when those that there are have ended. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#served;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#grace = 0;
    await this.stop();
  }
}
