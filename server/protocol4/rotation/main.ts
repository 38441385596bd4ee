/** The command that changes the server's key. */
import { systemIo } from "../../server_io.ts";
import { runRotateKey } from "./run_rotate_key.ts";

Deno.exit(await runRotateKey(Deno.args, systemIo()));
