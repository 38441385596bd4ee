/** The server as a program. */
import { runProgram } from "./run_program.ts";
import { systemIo } from "./server_io.ts";

Deno.exit(await runProgram(Deno.args, systemIo()));
