/** The command that moves what a server stores into a PostgreSQL and a bucket. */
import { systemIo } from "../../server_io.ts";
import { upkeepParts } from "../upkeep_parts.ts";
import { runMigrate } from "./run_migrate.ts";

Deno.exit(await runMigrate(Deno.args, upkeepParts(systemIo())));
