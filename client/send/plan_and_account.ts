import type { Clock } from "../../shared/clock.ts";
import type { Address } from "../../shared/text/address.ts";
import { type ClientFolders, identityPlaces } from "../identity/client_folders.ts";
import { type Asker, type Known, makePlan, type Plan, plannedServer } from "../plan/plan.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import type { Account, Accounts } from "./account.ts";

/** Milliseconds that another client may take to register, in addition to its timeouts. */
const LOCK_TIME = 10_000;

/** The plan and the account to use. */
export interface PlanAndAccount {
  readonly plan: Plan;
  readonly account: Account;
}

/**
 * Makes the plan, and finds the account at its server; neither id nor name is sent to any other.
 * Throws a `ClientError`.
 */
export async function planAndAccount(
  settings: Pick<ClientSettings, "files" | "server" | "name" | "timeout" | "retries" | "retryTime">,
  { accounts, folders, home, asker, clock, tell }: {
    readonly accounts: Accounts;
    readonly folders: ClientFolders;
    /** The user's home folder; undefined if unknown. */
    readonly home: string | undefined;
    readonly asker: Asker | undefined;
    /** Times the wait for another client that registers. */
    readonly clock: Clock;
    /** Receives lines for the user. */
    readonly tell: (line: string) => void;
  },
): Promise<PlanAndAccount> {
  const { folder, identities, newIn, userFolder } = folders;
  const places = identityPlaces(folders, plannedServer);
  let account: Account | undefined;
  const accountAt = async (server: Address) => {
    const { name, timeout, retries, retryTime } = settings;
    const lockTime = LOCK_TIME + retryTime + timeout * (retries + 1);
    return account = await accounts.at(server, { ...places, name, lockTime, tell, clock });
  };
  const plan = await makePlan({
    settings,
    folder,
    newIn,
    home,
    asker,
    async identityOf(server): Promise<Known | undefined> {
      const name = server === undefined
        ? await accounts.nameIn(newIn)
        : (await accountAt(server)).name;
      return name === undefined ? undefined : { name };
    },
    knownServers: () => accounts.servers(identities),
    async lastServer() {
      if (newIn !== userFolder) return undefined;
      const { readLastServer } = await import("../identity/last_server.ts");
      return await readLastServer(newIn);
    },
  });
  return { plan, account: account ?? await accountAt(plan.server) };
}
