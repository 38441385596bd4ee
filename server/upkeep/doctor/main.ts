/** The command that examines where a server keeps what it stores. */
import { systemIo } from "../../server_io.ts";
import { upkeepParts } from "../upkeep_parts.ts";
import { runDoctor } from "./run_doctor.ts";

Deno.exit(await runDoctor(Deno.args, upkeepParts(systemIo())));
