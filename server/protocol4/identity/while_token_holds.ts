import type { Clock } from "../../../shared/clock.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import { expectToken } from "./authenticate.ts";

/** Milliseconds between two looks whether the token of a transfer holds. */
const LOOK_EVERY = 2_000;

/**
 * The peer of a request, to which no turn is given any more when its token was revoked: a transfer
 * asks for one for each of its pieces, and `awaitTurn()` rejects with a `ProblemError` then. Also
 * tokens that another server of the same database revokes are noticed.
 */
export function whileTokenHolds(
  peer: Peer,
  { request, accounts, clock }: {
    readonly request: Request;
    readonly accounts: Pick<Accounts, "token">;
    readonly clock: Pick<Clock, "now">;
  },
): Peer {
  let looked = clock.now();
  const look = async () => {
    try {
      await expectToken({ request }, { accounts });
    } catch (error) {
      // One that the database cannot be asked about ends nothing.
      if (error instanceof ProblemError) throw error;
    }
  };
  return {
    ...peer,
    async awaitTurn() {
      const now = clock.now();
      if (now - looked >= LOOK_EVERY) {
        looked = now;
        await look();
      }
      return await peer.awaitTurn();
    },
  };
}
