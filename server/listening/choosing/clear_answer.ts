import { joined } from "../../../shared/wire/bytes.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Protocol, ProtocolConnection, WideLink } from "../protocol_connection.ts";
import { type ClearHead, endOfHead, MOST_HEAD, parseHead } from "./clear_head.ts";

/** What requests in the clear count. */
export type ClearCounter =
  | "clear-requests"
  | `refused.${"clear-head-too-large" | "bad-clear-head"}`;

/** Answers a request in the clear. */
export type ClearHandler = (
  head: ClearHead,
  peer: Pick<WideLink, "address" | "log" | "slot">,
) => Response | Promise<Response>;

/** Returns the protocol that answers one request in the clear, and closes. */
export function clearAnswer(
  handler: ClearHandler,
  { counters }: { readonly counters: Counters<ClearCounter> },
): Protocol {
  return (link) => new ClearConnection(link, { handler, counters });
}

/** One request in the clear. What comes behind it is not looked at. */
class ClearConnection implements ProtocolConnection {
  readonly #link: WideLink;
  readonly #handler: ClearHandler;
  readonly #counters: Counters<ClearCounter>;
  #head = new Uint8Array();
  #answered = false;

  constructor(link: WideLink, { handler, counters }: {
    readonly handler: ClearHandler;
    readonly counters: Counters<ClearCounter>;
  }) {
    this.#link = link;
    this.#handler = handler;
    this.#counters = counters;
  }

  get fresh(): boolean {
    return !this.#answered;
  }

  get over(): boolean {
    return this.#answered;
  }

  readonly transferring = false;
  readonly inContent = false;
  readonly fileDue = false;
  readonly readSize = undefined;
  readonly silenceLimit = undefined;

  async receive(bytes: Uint8Array): Promise<boolean> {
    if (this.#answered) return false;
    const room = MOST_HEAD - this.#head.byteLength;
    this.#head = joined(this.#head, bytes.subarray(0, room));
    const end = endOfHead(this.#head);
    if (end === undefined && this.#head.byteLength < MOST_HEAD) return false;
    this.#answered = true;
    const answer = end === undefined
      ? this.#refuse(431, "clear-head-too-large")
      : await this.#answer(this.#head.subarray(0, end));
    await this.#link.send(await bytesOf(answer));
    return true;
  }

  silence(): Promise<boolean> {
    return Promise.resolve(false);
  }

  refuseSlowFile(): Promise<void> {
    return Promise.resolve();
  }

  endOfInput(): undefined {}

  end(): Promise<void> {
    return Promise.resolve();
  }

  #answer(bytes: Uint8Array): Response | Promise<Response> {
    const head = parseHead(bytes);
    if (head === undefined) return this.#refuse(400, "bad-clear-head");
    this.#counters.add("clear-requests");
    return this.#handler(head, this.#link);
  }

  #refuse(status: number, reason: "clear-head-too-large" | "bad-clear-head"): Response {
    this.#counters.add(`refused.${reason}`);
    this.#link.log.warn("Refused a request without TLS: {reason}", { reason });
    return new Response(null, { status });
  }
}

/** The bytes of an answer after which the connection ends. */
async function bytesOf(response: Response): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("content-length", String(body.byteLength));
  headers.set("connection", "close");
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${response.status} ${response.statusText}\r\n${lines.join("")}\r\n`;
  return joined(new TextEncoder().encode(head), body);
}
