/** The client as a program. */
import { withLastResort } from "../shared/settings/last_resort.ts";
import { Output } from "../shared/settings/output.ts";
import { seemsOn } from "../shared/settings/read_settings.ts";
import { EXIT } from "./client_error.ts";
import { systemIo } from "./client_io.ts";
import { runClient } from "./run_client.ts";
import { SHOWN } from "./settings/send_settings.ts";

const io = systemIo();
const stderr = new Output(io.stderr, "standard error");
const code = await withLastResort(() => runClient(Deno.args, io), {
  write: (line) => stderr.write(line),
  verbose: () => seemsOn(SHOWN.verbose, { args: Deno.args, env: io.env }),
  flag: SHOWN.verbose.flag,
  code: EXIT.failed,
  exit: (code) => Deno.exit(code),
});
Deno.exit(code);
