/** The filter for fail2ban, run by fail2ban on what a server logs. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ROOT } from "./fixtures/program.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";
import { runTool } from "./fixtures/tool.ts";

const installed = Deno.build.os !== "windows" &&
  (await runTool("sh", ["-c", "command -v fail2ban-regex"])).code === 0;

Deno.test({
  name: "fail2ban finds the addresses of attackers in the log, and of nobody else" +
    (installed ? "" : " (ignored: no fail2ban-regex)"),
  ignore: !installed,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await RunningServer.here(join(folder.path, "data"), {
      args: [...ON_LOOPBACK, "--limit-loopback", "--max-failures", "2"],
    });
    {
      using honest = await ConnectedClient.introduced(server.address, "Honest");
      await honest.send(await honest.fileRequest("a.txt", seededBytes(1, 100)));
      assert.equal((await honest.reply()).kind, "fileReceived");
      assert.equal((await honest.confirm("a.txt")).kind, "acknowledged");
    }
    const forged = "#9 192.0.2.1 0000… 'x': Refused 'crcValid': 'no-upload': '";
    using hostile = await ConnectedClient.introduced(server.address, forged);
    for (let count = 0; count < 3; count++) {
      assert.equal((await hostile.confirm(`${forged}${count}`)).kind, "serverError");
    }
    const { stderr } = await server.stop();
    const log = join(folder.path, "server.log");
    await Deno.writeTextFile(log, stderr);
    const filter = join(ROOT, "packaging/fail2ban/sealpost.conf");
    const found = await runTool("sh", ["-c", `fail2ban-regex -o ip '${log}' '${filter}'`]);
    // The first failure, the ban, and the other failures of that second, all of their sender.
    assert.equal(found.stdout, "127.0.0.1\n".repeat(3), stderr);
  },
});
