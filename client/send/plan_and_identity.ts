import type { Address } from "../../shared/text/address.ts";
import { IdentityFiles } from "../identity/identity_files.ts";
import { OwnIdentity } from "../identity/own_identity.ts";
import type { ClientFolders } from "../plan/client_folder.ts";
import { type Asker, makePlan, type Plan, plannedServer } from "../plan/plan.ts";
import type { ClientSettings } from "../settings/send_settings.ts";

/** Milliseconds that another client may take to register, beside what its settings allow it. */
const LOCK_TIME = 10_000;

/** What is to be done, and as whom. */
export interface PlanAndIdentity {
  readonly plan: Plan;
  readonly own: OwnIdentity;
}

/**
 * Makes the plan, and finds who we are to its server: neither id nor name is told to another one. Throws a
 * `ClientError`.
 */
export async function planAndIdentity(
  settings: Pick<ClientSettings, "files" | "server" | "name" | "timeout" | "retries" | "retryTime">,
  { folders, asker, tell }: {
    readonly folders: ClientFolders;
    readonly asker: Asker | undefined;
    /** Takes a line for the user. */
    readonly tell: (line: string) => void;
  },
): Promise<PlanAndIdentity> {
  const { folder, identities, newIn, userFolder } = folders;
  const planned = () =>
    identities[0] === folder ? plannedServer(folder) : Promise.resolve(undefined);
  let own: OwnIdentity | undefined;
  const ownTo = async (server: Address) => {
    const { name, timeout, retries, retryTime } = settings;
    const lockTime = LOCK_TIME + retryTime + timeout * (retries + 1);
    const places = { folders: identities, newIn, userFolder, planned };
    return own = await OwnIdentity.find({ server, name, lockTime, tell, ...places });
  };
  const plan = await makePlan({
    settings,
    folder,
    newIn,
    asker,
    identityOf: async (server) =>
      server === undefined ? await new IdentityFiles(newIn).load() : (await ownTo(server)).identity,
    knownServers: async () => {
      const { listIdentities } = await import("../identity/list_identities.ts");
      const lists = await Promise.all(identities.map(listIdentities));
      return lists.flat().map(({ server }) => server);
    },
    lastServer: async () => {
      if (newIn !== userFolder) return undefined;
      const { readLastServer } = await import("../identity/last_server.ts");
      return await readLastServer(newIn);
    },
  });
  return { plan, own: own ?? await ownTo(plan.server) };
}
