import type { Clock } from "../../../../shared/clock.ts";
import type { Awaited } from "../../access/awaited.ts";
import type { DatabaseTimes } from "../../access/database_times.ts";
import { LastingSession } from "./lasting_session.ts";
import { isUnreachable } from "../postgres_error.ts";
import type { Session } from "./session.ts";

/**
 * Returns a database's first session, of which `use` is made. It is waited for if that is `awaited`
 * and the database does not answer: as after a start of the whole machine, or amid its own restart.
 * Rejects with what `use` rejects with, and with a `StorageError` if there is no session.
 */
export async function firstSession<T>(
  use: (session: Session) => Promise<T>,
  { connect, clock, times, awaited }: {
    readonly connect: () => Promise<Session>;
    readonly clock: Clock;
    readonly times: Pick<DatabaseTimes, "start">;
    readonly awaited: Awaited | undefined;
  },
): Promise<T> {
  let isTold = false;
  await using lasting = new LastingSession({
    async connect() {
      try {
        return await connect();
      } catch (error) {
        if (!isTold && isUnreachable(error)) awaited?.onAwaited(error, times.start);
        isTold = true;
        throw error;
      }
    },
    clock,
    times: { retryTime: awaited === undefined ? 0 : times.start },
  });
  const close = () => void lasting[Symbol.asyncDispose]();
  awaited?.stopping.addEventListener("abort", close);
  try {
    if (awaited?.stopping.aborted) close();
    return await use(await lasting.get());
  } finally {
    awaited?.stopping.removeEventListener("abort", close);
  }
}
