/** The server as a program. */
import { withLastResort } from "../shared/settings/last_resort.ts";
import { Output } from "../shared/settings/output.ts";
import { seemsToBe } from "../shared/settings/read_settings.ts";
import { tooOld } from "./runtime_floor.ts";
import { LOG_LEVEL } from "./settings/server_settings.ts";
import { systemIo } from "./server_io.ts";

const io = systemIo();
const stderr = new Output(io.stderr, "standard error");
const old = tooOld(Deno.version.deno);
if (old !== undefined) {
  stderr.write(`error: ${old}\n`);
  Deno.exit(2);
}
// Imported only now: on an older runtime, the import would fail before our message is printed.
const { runProgram } = await import("./run_program.ts");
const code = await withLastResort(() => runProgram(Deno.args, io), {
  write: (line) => stderr.write(line),
  verbose: () => seemsToBe(LOG_LEVEL, "debug", { args: Deno.args, env: io.env }),
  flag: `${LOG_LEVEL.flag} debug`,
  code: 1,
  exit: io.exit,
});
Deno.exit(code);
