/** The commands of upkeep: `main.ts NAME [OPTION...]`. */
import { systemIo } from "../server_io.ts";
import { runUpkeep, type UpkeepName } from "./run_upkeep.ts";

const [name, ...args] = Deno.args;
Deno.exit(await runUpkeep(name as UpkeepName, { args, io: systemIo() }));
