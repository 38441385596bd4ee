/** Lines between a scripted client and the server: over TCP, or straight into a conversation. */

import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import { isRevisionName, type RevisionName } from "../../shared/protocol3/revision.ts";
import { Conversation } from "../../server/protocol3/conversation.ts";
import type { Services } from "../../server/files/services.ts";

/** One connection as its client has it. */
export interface Line {
  /** Sends some bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Exactly so many of the bytes that the server says next; rejects when it says less. */
  read(size: number): Promise<Uint8Array>;
  /** Says no more, and gives what the server still had to say. */
  end(): Promise<Uint8Array>;
  /** Gives up whatever state it is in. Harmless when repeated. */
  drop(): void;
}

/** How a listener is set. */
export interface ListenerSetting {
  readonly revision: RevisionName | "auto";
  readonly strict?: boolean;
}

/** How long a reply may take: far longer than any does on a slow machine. */
const LIMIT = 30_000;

/** A line over TCP. */
export async function dialTcp(port: number): Promise<Line> {
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

/** What a line without a socket works with. */
export interface DirectOptions extends ListenerSetting {
  readonly services: Services;
  /** The pieces in which what is written arrives. */
  readonly cut: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** Told of each deviation that the server notes. */
  readonly onSeen: (deviation: Deviation) => void;
}

/** A place without limits. */
const ANYWHERE = {
  identified() {},
  registers: () => true,
  registered() {},
  abandoned: () => undefined,
  didNotRegister() {},
  failed: () => 0,
  banned: false,
} as const;

/**
 * A line without a socket and without time: written bytes go to the parser in pieces, whose memory is
 * overwritten behind it, and what it finds to the conversation. When the client waits in vain, and the
 * server has the patience to act on that, it does at once.
 */
export class DirectLine implements Line {
  readonly #options: DirectOptions;
  readonly #parser: RequestParser;
  readonly #conversation: Conversation;
  #said: Uint8Array = new Uint8Array(0);

  constructor(options: DirectOptions) {
    const { revision, strict = false, services, onSeen } = options;
    const { fileSize: maxFileSize } = services.limits;
    this.#options = options;
    const profile = new Profile({ strict, onSeen });
    this.#parser = new RequestParser({ revision, maxFileSize, askRecord: true, profile });
    const log = getLogger(["sealpost", "test"]);
    const send = (bytes: Uint8Array) => {
      this.#said = Buffer.concat([this.#said, bytes]);
      return Promise.resolve();
    };
    this.#conversation = new Conversation(
      { send, log, profile, place: ANYWHERE },
      options.services,
    );
  }

  /** Milliseconds of silence that would mean something to the server. */
  get patience(): number | undefined {
    return this.#conversation.patience;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const piece of this.#options.cut(bytes)) {
      const memory = new Uint8Array(piece);
      this.#parser.push(memory);
      await this.#handle();
      memory.fill(0xee);
    }
  }

  async read(size: number): Promise<Uint8Array> {
    while (this.#said.byteLength < size) {
      if (this.patience === undefined) throw new Error("The server has nothing more to say");
      if (await this.#conversation.silence()) this.#parser.expectContent(0);
      await this.#handle();
    }
    const bytes = this.#said.subarray(0, size);
    this.#said = this.#said.subarray(size);
    return bytes;
  }

  async end(): Promise<Uint8Array> {
    await this.#conversation.end({ clean: this.#parser.end() === undefined });
    return this.#said;
  }

  drop(): void {}

  async #handle(): Promise<void> {
    for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
      if (event.type !== "unsettled") {
        await this.#conversation.handle(event);
        if (event.type === "file") {
          this.#parser.expectContent(this.#conversation.contentDue ?? Infinity);
        }
        continue;
      }
      const name = (await this.#options.services.catalog.client(event.clientId))?.revision ?? "";
      this.#parser.settle(isRevisionName(name) ? name : undefined);
    }
  }
}
