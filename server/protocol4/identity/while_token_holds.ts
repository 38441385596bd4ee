import type { Clock } from "../../../shared/clock.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import { expectToken } from "./authenticate.ts";

/** Milliseconds between two checks of a transfer's token. */
const LOOK_EVERY = 2_000;

/**
 * The peer of a request, whose `awaitTurn()` rejects with a `ProblemError` once its token is
 * revoked. A transfer calls that for each of its pieces. Also notices tokens that were revoked
 * through another server of the same database.
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
      // If the database does not answer, the transfer goes on.
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
