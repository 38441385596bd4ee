import { joined } from "../../../shared/wire/joined.ts";
import type { Counters } from "../../observe/counters.ts";
import type { InputFault, Protocol, ProtocolConnection, WideLink } from "../protocol_connection.ts";
import { type Spoken, spokenBy } from "./first_bytes.ts";

/** What choosing a protocol counts. */
export type ChoosingCounter = "refused.protocol-undecided";

/** The protocols of a listener, by what the first bytes of a connection show. */
export type Protocols = Readonly<Record<Spoken, Protocol>>;

/** Returns the protocol of a listener that speaks several, each to who begins with it. */
export function chooseProtocol(
  protocols: Protocols,
  { counters }: { readonly counters: Counters<ChoosingCounter> },
): Protocol {
  return (link) => new Choosing(link, { protocols, counters });
}

/** A connection whose protocol its first bytes choose; until then it waits for them. */
class Choosing implements ProtocolConnection {
  readonly #link: WideLink;
  readonly #protocols: Protocols;
  readonly #counters: Counters<ChoosingCounter>;
  #chosen: ProtocolConnection | undefined;
  /** What came, while it does not decide: fewer than nine bytes. */
  #first = new Uint8Array();

  constructor(link: WideLink, { protocols, counters }: {
    readonly protocols: Protocols;
    readonly counters: Counters<ChoosingCounter>;
  }) {
    this.#link = link;
    this.#protocols = protocols;
    this.#counters = counters;
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

  get idleLimit(): number | undefined {
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
    const first = this.#first.byteLength === 0 ? bytes : joined(this.#first, bytes);
    const spoken = spokenBy(first);
    if (spoken === undefined) {
      this.#first = first.slice();
      return false;
    }
    this.#chosen = this.#protocols[spoken](this.#link);
    return await this.#chosen.receive(first);
  }

  async silence(): Promise<boolean> {
    return await this.#chosen?.silence() ?? false;
  }

  async refuseSlowFile(): Promise<void> {
    await this.#chosen?.refuseSlowFile();
  }

  endOfInput(): InputFault | undefined {
    if (this.#chosen !== undefined) return this.#chosen.endOfInput();
    if (this.#first.byteLength === 0) return undefined;
    const reason = "protocol-undecided";
    this.#counters.add(`refused.${reason}`);
    return { reason, message: "The input ended before it was known what is spoken" };
  }

  async finish(): Promise<void> {
    await this.#chosen?.finish?.();
  }

  async end(how: { readonly stopping: boolean }): Promise<void> {
    await this.#chosen?.end(how);
  }
}
