/** Links between a scripted client and the server: over TCP, or straight into a conversation. */

import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { ServerCounter } from "../../server/run_server.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { pause } from "../../shared/clock.ts";
import { Connection } from "../../server/protocol3/connection.ts";
import { UNLIMITED } from "../peers/talk.ts";
import type { Services } from "../peers/test_services.ts";

/** One connection as its client has it. */
export interface FieldLink {
  /** Sends some bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Exactly so many of the bytes that the server says next; rejects when it says less. */
  read(size: number): Promise<Uint8Array>;
  /** Says no more, and gives what the server still had to say. */
  end(): Promise<Uint8Array>;
  /** Closes the link in whatever state it is. May be repeated. */
  drop(): void;
}

/** How a listener is set. */
export interface ListenerSetting {
  readonly revision: RevisionName | "auto";
  readonly strict?: boolean;
}

/** How long a reply may take: far longer than any does on a slow machine. */
const LIMIT = 30_000;

/** A link over TCP. */
export async function dialTcp(port: number): Promise<FieldLink> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const some = async (buffer: Uint8Array) => {
    const timer = setTimeout(() => conn.close(), LIMIT);
    try {
      return await conn.read(buffer);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    async write(bytes) {
      for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await conn.write(rest));
    },
    async read(size) {
      const buffer = new Uint8Array(size);
      for (let at = 0; at < size;) {
        const got = await some(buffer.subarray(at));
        if (got === null) throw new Error(`The server ended after ${at} of ${size} bytes`);
        at += got;
      }
      return buffer;
    },
    async end() {
      await conn.closeWrite();
      const pieces: Uint8Array[] = [];
      const buffer = new Uint8Array(1024);
      for (let got = await some(buffer); got !== null; got = await some(buffer)) {
        pieces.push(buffer.slice(0, got));
      }
      conn.close();
      return Buffer.concat(pieces);
    },
    drop() {
      try {
        conn.close();
      } catch {
        // It is closed already.
      }
    },
  };
}

/** A link on which nothing is said for so many milliseconds after each write. */
export function pausingLink(link: FieldLink, milliseconds: number): FieldLink {
  return {
    ...link,
    async write(bytes) {
      await link.write(bytes);
      if (milliseconds > 0) await pause(SYSTEM_CLOCK, milliseconds);
    },
  };
}

/** What a link without a socket works with. */
export interface DirectOptions extends ListenerSetting {
  readonly services: Services;
  /** The pieces in which what is written arrives. */
  readonly cut: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** Told of each deviation that the server notes. */
  readonly onSeen: (deviation: Deviation) => void;
}

/** Counters that tell of each deviation too. */
class TellingCounters extends Counters<ServerCounter> {
  readonly #onSeen: (deviation: Deviation) => void;

  constructor(onSeen: (deviation: Deviation) => void) {
    super();
    this.#onSeen = onSeen;
  }

  override add(name: ServerCounter, by?: number): void {
    super.add(name, by);
    const [kind, deviation] = name.split(".");
    if (kind === "deviations") this.#onSeen(deviation as Deviation);
  }
}

/**
 * A link without a socket and without time: written bytes come in pieces, whose memory is
 * overwritten behind them. When the client waits in vain, and a silence means something to the
 * server, it acts on it at once.
 */
export class DirectLink implements FieldLink {
  readonly #cut: DirectOptions["cut"];
  readonly #connection: Connection;
  #said: Uint8Array = new Uint8Array(0);
  #silences = 0;

  constructor({ revision, strict = false, services, onSeen, cut }: DirectOptions) {
    this.#cut = cut;
    const send = (bytes: Uint8Array) => {
      this.#said = Buffer.concat([this.#said, bytes]);
      return Promise.resolve();
    };
    const { signal: stopping } = new AbortController();
    const awaitTurn = () => Promise.resolve(true);
    const log = getLogger(["sealpost", "test"]);
    const link = {
      ...{ send, awaitTurn, log, slot: UNLIMITED, stopping, evicted: stopping },
      passOn: () => {},
    };
    const counters = new TellingCounters(onSeen);
    this.#connection = new Connection(link, { ...services, counters, revision, strict });
  }

  /** Milliseconds of silence that would mean something to the server. */
  get silenceLimit(): number | undefined {
    return this.#connection.silenceLimit;
  }

  /** How often the server acted on a silence. */
  get silences(): number {
    return this.#silences;
  }

  /** Lets so many milliseconds pass, in which the client sends nothing. */
  async pause(milliseconds: number): Promise<void> {
    for (let left = milliseconds; this.silenceLimit !== undefined;) {
      left -= this.silenceLimit;
      if (left < 0) return;
      await this.#silence();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const piece of this.#cut(bytes)) {
      const memory = new Uint8Array(piece);
      await this.#connection.receive(memory);
      memory.fill(0xee);
    }
  }

  async read(size: number): Promise<Uint8Array> {
    while (this.#said.byteLength < size) {
      if (this.silenceLimit === undefined) throw new Error("The server has nothing more to say");
      await this.#silence();
    }
    const bytes = this.#said.subarray(0, size);
    this.#said = this.#said.subarray(size);
    return bytes;
  }

  async end(): Promise<Uint8Array> {
    await this.#connection.end({ stopping: false });
    return this.#said;
  }

  drop(): void {}

  async #silence(): Promise<void> {
    this.#silences += 1;
    await this.#connection.silence();
  }
}
