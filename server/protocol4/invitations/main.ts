/** The command that invites a client. */
import { systemIo } from "../../server_io.ts";
import { runInvite } from "./run_invite.ts";

Deno.exit(await runInvite(Deno.args, systemIo()));
