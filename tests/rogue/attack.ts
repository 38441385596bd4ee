/** What an attack is: something done by its name, and what has to come of it, by a name too. */

import type { ClientReason } from "../../client/client_error.ts";
import type { Limits } from "../../server/settings/limit_settings.ts";
import type { ServedProtocol4Counter } from "../../server/protocol4/served/served_protocol4.ts";
import type { RefusalReason } from "../../server/protocol3/refusal.ts";
import type { ServerScript } from "../peers/scripted_server.ts";
import type { Arena } from "./arena.ts";

/** What has to come of an attack on the server: the counter that tells of it, or nothing at all. */
export type ServerOutcome =
  | `refused.${RefusalReason}`
  | Extract<ServedProtocol4Counter, `refused.${string}`>
  | "files-cut-off"
  | "files-kept-unverified"
  | "connections-lost"
  /** Everything was answered as for other clients, nothing was refused, nothing came of it. */
  | "harmless";

/** An attack on the server. */
export interface AttackOnServer {
  readonly outcome: ServerOutcome;
  /** The limits that differ from the usual ones. */
  readonly limits?: Partial<Limits>;
  /** Whether the port speaks protocol 4 too. Default: protocol 3 alone. */
  readonly protocol4?: boolean;
  /** Whether its own client leaves operations behind: that of `node:http2` does. */
  readonly leavesOperations?: boolean;
  /** Why it cannot take place on this machine. */
  readonly ignored?: string | undefined;
  /** Does it. What has to hold after every attack is looked at afterwards, by the arena. */
  readonly play: (arena: Arena) => Promise<void>;
}

/** Attacks on the server by their names in `docs/threat-model.md`. */
export type AttacksOnServer = Readonly<Record<string, AttackOnServer>>;

/** What has to come of an attack on the client: the reason that it ends with, or that it copes. */
export type ClientOutcome = ClientReason | "sent";

/** An attack on the client. */
export interface AttackOnClient extends Omit<ServerScript, "revision"> {
  /** The first is the one to expect; others may come before it when both sides close at once. */
  readonly outcome: ClientOutcome | readonly [ClientOutcome, ...ClientOutcome[]];
  /**
   * Who comes to the server: a client that it has on record (the default), one that it has not,
   * though that client has an identity, or one that has none yet.
   */
  readonly who?: "friend" | "forgotten" | "stranger";
  /** Whether it gives no key that the client can use: no content may leave then. */
  readonly keyless?: boolean;
  /** Bytes of the file. Default: a few packets of them. */
  readonly size?: number;
  /** Bytes of content in a packet. Default: 1,000. */
  readonly packetSize?: number;
  /** Milliseconds that the client waits. Default: so long that none of the others comes to it. */
  readonly timeout?: number;
  /** Whether the client finds the revision out by itself. */
  readonly auto?: boolean;
}

/** Attacks on the client by their names in `docs/threat-model.md`. */
export type AttacksOnClient = Readonly<Record<string, AttackOnClient>>;
