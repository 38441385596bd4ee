/** The client as a program. */
import { systemIo } from "./client_io.ts";
import { runClient } from "./run_client.ts";

Deno.exit(await runClient(Deno.args, systemIo()));
