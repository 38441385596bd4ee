import type { Counters } from "../../observe/counters.ts";
import type { Protocol } from "../protocol_connection.ts";
import { type ChoosingCounter, decideProtocol } from "./decide_protocol.ts";
import { type Spoken, spokenBy } from "./first_bytes.ts";
import { serverNameOf } from "./server_name.ts";

/** The protocols of a listener, by what the first bytes of a connection show. */
export type Protocols = Readonly<Record<Spoken, Protocol>>;

interface Choosing {
  readonly counters: Counters<ChoosingCounter>;
}

/** Returns the protocol of a listener that speaks several, each to who begins with it. */
export function chooseProtocol(protocols: Protocols, { counters }: Choosing): Protocol {
  return decideProtocol({
    counters,
    decide(firstBytes) {
      const spoken = spokenBy(firstBytes);
      return spoken && protocols[spoken];
    },
  });
}

/**
 * Returns a protocol for TLS that is `own` for clients that name no server, or one that
 * `isOwn`, and `others` for all others.
 */
export function chooseByServerName(
  { own, others, isOwn }: {
    readonly own: Protocol;
    readonly others: Protocol;
    /** Whether a name, in lower case, is one of the server's own certificate. */
    readonly isOwn: (name: string) => boolean;
  },
  { counters }: Choosing,
): Protocol {
  return decideProtocol({
    counters,
    decide(firstBytes) {
      const name = serverNameOf(firstBytes);
      if (name === undefined) return undefined;
      return name === "" || isOwn(name) ? own : others;
    },
  });
}
