/** Where the commands of upkeep are put together with what they need of protocol 4. */
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import type { ServerIo } from "../server_io.ts";
import { runCheck } from "./check/run_check.ts";

/** The names of the commands of upkeep, as `deno task` has them. */
export type UpkeepName = "check";

/** Runs a command of upkeep. Returns its exit code. */
export function runUpkeep(
  name: UpkeepName,
  { args, io }: { readonly args: readonly string[]; readonly io: ServerIo },
): Promise<number> {
  const newTreeHash = () => new TreeHash();
  const commands = { check: runCheck } as const satisfies Record<UpkeepName, unknown>;
  return commands[name](args, { io, newTreeHash });
}
