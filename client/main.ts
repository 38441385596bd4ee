/** The client as a program. */
import { withLastResort } from "../shared/settings/last_resort.ts";
import { Output } from "../shared/settings/output.ts";
import { parseSwitch } from "../shared/settings/variable.ts";
import { EXIT } from "./client_error.ts";
import { systemIo } from "./client_io.ts";
import { runClient } from "./run_client.ts";

const io = systemIo();
const stderr = new Output(io.stderr, "standard error");
const code = await withLastResort(() => runClient(Deno.args, io), {
  write: (line) => stderr.write(line),
  verbose: () =>
    Deno.args.includes("--verbose") || parseSwitch(io.env("SEALPOST_VERBOSE") ?? "") === true,
  flag: "--verbose",
  code: EXIT.failed,
  exit: (code) => Deno.exit(code),
});
Deno.exit(code);
