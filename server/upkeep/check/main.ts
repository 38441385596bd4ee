/** The command that compares the database of a server with the contents of its files. */
import { systemIo } from "../../server_io.ts";
import { upkeepParts } from "../upkeep_parts.ts";
import { runCheck } from "./run_check.ts";

Deno.exit(await runCheck(Deno.args, upkeepParts(systemIo())));
