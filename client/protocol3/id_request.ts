import { type Clock, pause } from "../../shared/clock.ts";
import type { ShortRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { type ClientId, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import type { Reporter } from "../uplink.ts";
import { ServerFault } from "./connection/errors.ts";
import {
  type HandshakeStart,
  nameField,
  request,
  untilAnswered,
} from "./connection/request_reply.ts";
import type { Quirks } from "../settings/send_settings.ts";
import type { Registration } from "./identity/registration.ts";

export interface IdRequestOptions {
  /** How often a request is sent again after an error. */
  readonly retries: number;
  readonly quirks: Quirks;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /**
   * The waits in milliseconds before each new request for a name that an unanswered registration
   * may have taken. Our server frees it 10 s after the end of the connection.
   */
  readonly reclaimPauses?: readonly number[];
}

const RECLAIM_PAUSES = [11_000, 5_000] as const;

/**
 * Asks for an id under a name. Records, across connections, which requests were sent and answered.
 */
export class IdRequest {
  readonly #options: IdRequestOptions;
  /**
   * How often a registration was sent, by its code: a server that does not know the code ignores
   * it.
   */
  readonly #sent = new Map<number, number>();
  #unanswered = false;

  constructor(options: IdRequestOptions) {
    this.#options = options;
  }

  /** Whether a registration was sent and not answered. */
  get isUnanswered(): boolean {
    return this.#unanswered;
  }

  /** Records that the registration was answered, even if with an error. */
  wasAnswered(): void {
    this.#unanswered = false;
  }

  /** The request of a registration; records that it is sent. */
  register(name: string, { requests: { register: { code } } }: Revision): ShortRequest {
    this.#sent.set(code, (this.#sent.get(code) ?? 0) + 1);
    this.#unanswered = true;
    return {
      kind: "register",
      clientId: NO_CLIENT_ID,
      name: nameField(name, this.#options.quirks),
    };
  }

  /**
   * The id that a server gives; undefined when the name is taken. If an interrupted registration of
   * this client may have taken it, waits for the name, unless there is a `betterWay`.
   */
  async granted(
    { name, mayBeOurs }: Registration,
    start: HandshakeStart,
    { betterWay }: { readonly betterWay: boolean },
  ): Promise<ClientId | undefined> {
    const { clock, reporter } = this.#options;
    const pauses = [...this.#options.reclaimPauses ?? RECLAIM_PAUSES];
    for (let { answer } = start;; answer = undefined) {
      const clientId = await this.#answer(name, { ...start, answer });
      if (clientId !== undefined) return clientId;
      const { code } = start.revision.requests.register;
      const ownDoing = mayBeOurs || (this.#sent.get(code) ?? 0) > 1;
      const milliseconds = ownDoing ? pauses.shift() : undefined;
      if (milliseconds === undefined || betterWay) return undefined;
      reporter.trouble(
        `The name ${quoted(name)} is taken, perhaps by a registration of ours that was cut off; ` +
          `asking again in ${milliseconds / 1000} s`,
      );
      await pause(clock, milliseconds);
    }
  }

  async #answer(name: string, start: HandshakeStart): Promise<ClientId | undefined> {
    let { answer } = start;
    return await untilAnswered({ doing: "register", ...this.#options }, async () => {
      const reply = answer ?? await request(start, this.register(name, start.revision));
      answer = undefined;
      this.#unanswered = false;
      if (reply.kind === "registered") return reply.clientId;
      if (reply.kind === "registrationRefused") return undefined;
      throw new ServerFault(`The server answered "register" with "${reply.kind}"`);
    });
  }
}
