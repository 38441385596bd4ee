import type { Address } from "../../shared/text/address.ts";
import { type ClientFolders, identityPlaces } from "../identity/client_folders.ts";
import { type Asker, type Known, makePlan, type Plan, plannedServer } from "../plan/plan.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import type { Account, Accounts } from "./account.ts";

/** Milliseconds that another client may take to register, beside what its settings allow it. */
const LOCK_TIME = 10_000;

/** What is to be done, and as whom. */
export interface PlanAndAccount {
  readonly plan: Plan;
  readonly account: Account;
}

/**
 * Makes the plan, and finds who we are to its server: neither id nor name is told to another one.
 * Throws a `ClientError`.
 */
export async function planAndAccount(
  settings: Pick<ClientSettings, "files" | "server" | "name" | "timeout" | "retries" | "retryTime">,
  { accounts, folders, asker, tell }: {
    readonly accounts: Accounts;
    readonly folders: ClientFolders;
    readonly asker: Asker | undefined;
    /** Takes a line for the user. */
    readonly tell: (line: string) => void;
  },
): Promise<PlanAndAccount> {
  const { folder, identities, newIn, userFolder } = folders;
  const places = identityPlaces(folders, plannedServer);
  let account: Account | undefined;
  const accountAt = async (server: Address) => {
    const { name, timeout, retries, retryTime } = settings;
    const lockTime = LOCK_TIME + retryTime + timeout * (retries + 1);
    return account = await accounts.at(server, { ...places, name, lockTime, tell });
  };
  const plan = await makePlan({
    settings,
    folder,
    newIn,
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
