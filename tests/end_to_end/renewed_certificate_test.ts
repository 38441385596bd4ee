/** A certificate of a CA that is renewed while the server runs. */

import { match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { certificateForTests } from "../web/certificate_for_tests.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { isInstalled, runTool } from "./fixtures/tool.ts";

Deno.test({
  name: "A renewed certificate is used at SIGHUP, and one that is none leaves the one before",
  ignore: Deno.build.os === "windows" || !await isInstalled("curl"),
  async fn() {
    await using folder = await temporaryFolder();
    const [certificate, key] = [join(folder.path, "c.pem"), join(folder.path, "k.pem")];
    const renew = async () => {
      const made = await certificateForTests();
      await Deno.writeTextFile(certificate, made.cert);
      await Deno.writeTextFile(key, made.key);
      const copy = join(folder.path, `${crypto.randomUUID()}.pem`);
      await Deno.writeTextFile(copy, made.cert);
      return copy;
    };
    const first = await renew();
    await using server = await RunningServer.here(join(folder.path, "data"), {
      args: [...ON_LOOPBACK, "--certificate", certificate, "--key", key],
    });
    const port = server.address.split(":").at(-1);
    const trusts = async (cacert: string) =>
      (await runTool("curl", [
        ...["-s", "--cacert", cacert, "--resolve", `localhost:${port}:127.0.0.1`],
        `https://localhost:${port}/v4`,
      ])).code;
    strictEqual(await trusts(first), 0);
    const second = await renew();
    strictEqual(await trusts(second), 60);
    server.signal("SIGHUP");
    await server.logged(/Uses the renewed certificate/);
    strictEqual(await trusts(second), 0);
    strictEqual(await trusts(first), 60);
    // One half of another pair, as when the files are written one after the other.
    await Deno.writeTextFile(key, (await certificateForTests()).key);
    server.signal("SIGHUP");
    match(await server.logged(/Cannot use the new certificate/), /the one before stays/);
    strictEqual(await trusts(second), 0);
    strictEqual((await server.stop()).code, 0);
  },
});
