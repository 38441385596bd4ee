/** The command that writes the files of a server to a folder. */
import { systemIo } from "../../server_io.ts";
import { upkeepParts } from "../upkeep_parts.ts";
import { runExport } from "./run_export.ts";

Deno.exit(await runExport(Deno.args, upkeepParts(systemIo())));
