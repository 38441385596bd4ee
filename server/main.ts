/** The server as a program. */
import { withLastResort } from "../shared/settings/last_resort.ts";
import { Output } from "../shared/settings/output.ts";
import { runProgram } from "./run_program.ts";
import { systemIo } from "./server_io.ts";

const io = systemIo();
const stderr = new Output(io.stderr, "standard error");
const level = /^(?:--log-level=)?debug$/;
const code = await withLastResort(() => runProgram(Deno.args, io), {
  write: (line) => stderr.write(line),
  verbose: () =>
    Deno.args.some((arg) => level.test(arg)) || io.env("SEALPOST_LOG_LEVEL") === "debug",
  flag: "--log-level debug",
  code: 1,
  exit: io.exit,
});
Deno.exit(code);
