import { joined } from "../../../shared/wire/bytes.ts";
import type { Counters } from "../../observe/counters.ts";
import { ConnectionFault } from "../connection_fault.ts";
import type { InputFault, Protocol, ProtocolConnection, WideLink } from "../protocol_connection.ts";
import { isProxyHeader } from "../proxy/proxy_header.ts";

/** What choosing a protocol counts. */
export type ChoosingCounter = "refused.protocol-undecided";

/** What chooses the protocol of a connection. */
export interface Decision {
  /**
   * Returns the protocol for a connection that begins with these bytes; undefined while more of
   * them decide, which have to be few. The protocol receives all of them.
   */
  readonly decide: (firstBytes: Uint8Array) => Protocol | undefined;
  readonly counters: Counters<ChoosingCounter>;
}

/** Returns a protocol that is chosen by the first bytes of a connection. */
export function decideProtocol(decision: Decision): Protocol {
  return (link) => new Undecided(link, decision);
}

/** A connection whose protocol its first bytes choose; until then it waits for them. */
class Undecided implements ProtocolConnection {
  readonly #link: WideLink;
  readonly #decision: Decision;
  #chosen: ProtocolConnection | undefined;
  /** What came, while it does not decide. */
  #firstBytes = new Uint8Array();

  constructor(link: WideLink, decision: Decision) {
    this.#link = link;
    this.#decision = decision;
  }

  get fresh(): boolean {
    return this.#chosen?.fresh ?? true;
  }

  get transferring(): boolean {
    return this.#chosen?.transferring ?? false;
  }

  get inContent(): boolean {
    return this.#chosen?.inContent ?? false;
  }

  get fileDue(): boolean {
    return this.#chosen?.fileDue ?? false;
  }

  get over(): boolean {
    return this.#chosen?.over ?? false;
  }

  get readSize(): number | undefined {
    return this.#chosen?.readSize;
  }

  get silenceLimit(): number | undefined {
    return this.#chosen?.silenceLimit;
  }

  get idleLimit(): number | "standstill" | undefined {
    return this.#chosen?.idleLimit;
  }

  get atRest(): boolean {
    return this.#chosen?.atRest ?? false;
  }

  /** Only where the chosen protocol has it: it changes the order in which a connection ends. */
  get cut(): (() => void) | undefined {
    return this.#chosen?.cut?.bind(this.#chosen);
  }

  async receive(bytes: Uint8Array): Promise<boolean> {
    if (this.#chosen !== undefined) return await this.#chosen.receive(bytes);
    const firstBytes = this.#firstBytes.byteLength === 0 ? bytes : joined(this.#firstBytes, bytes);
    const isHeader = isProxyHeader(firstBytes);
    if (isHeader === true) {
      throw new ConnectionFault(
        "proxy-header",
        "It has a PROXY header and is from no balancer that --proxy-protocol-from names",
      );
    }
    const protocol = isHeader === undefined ? undefined : this.#decision.decide(firstBytes);
    if (protocol === undefined) {
      this.#firstBytes = firstBytes.slice();
      return false;
    }
    this.#firstBytes = new Uint8Array();
    this.#chosen = protocol(this.#link);
    return await this.#chosen.receive(firstBytes);
  }

  async silence(): Promise<boolean> {
    return await this.#chosen?.silence() ?? false;
  }

  async refuseSlowFile(): Promise<void> {
    await this.#chosen?.refuseSlowFile();
  }

  endOfInput(): InputFault | undefined {
    if (this.#chosen !== undefined) return this.#chosen.endOfInput();
    if (this.#firstBytes.byteLength === 0) return undefined;
    const reason = "protocol-undecided";
    this.#decision.counters.add(`refused.${reason}`);
    return { reason, message: "The input ended before it was known what is spoken" };
  }

  async finish(): Promise<void> {
    await this.#chosen?.finish?.();
  }

  async end(how: { readonly stopping: boolean }): Promise<void> {
    await this.#chosen?.end(how);
  }
}

/** The protocol of connections that do not speak what a listener is for: they are closed. */
export const REFUSE_OTHERS: Protocol = () => ({
  ...{ fresh: true, transferring: false, inContent: false, fileDue: false, over: false },
  ...{ readSize: undefined, silenceLimit: undefined },
  receive: () =>
    Promise.reject(
      new ConnectionFault("not-tls", "What came is not TLS, which is all that is spoken here"),
    ),
  silence: () => Promise.resolve(false),
  refuseSlowFile: () => Promise.resolve(),
  endOfInput: () => undefined,
  end: () => Promise.resolve(),
});
