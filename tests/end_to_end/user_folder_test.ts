/** A client that is installed, in more than one folder. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { CAN_RUN_INSTALLED, installedForUser, namesIn } from "./fixtures/installed_user.ts";
import { RunningServer } from "./fixtures/running_server.ts";

Deno.test({
  name: "An installed client that has sent a file sends from any other folder by its name alone",
  ignore: !CAN_RUN_INSTALLED,
  async fn() {
    await using user = await installedForUser();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, two, kept } = user;
    const first = await run(one, "note.txt", "--server", server.address, "--name", "Bo");
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(await namesIn(kept), ["me.info", "priv.key", "servers"]);
    const second = await run(two, "note.txt");
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, new RegExp(`sent to ${server.address}: .* verified\\n$`));
    for (const place of [one, two]) assert.deepEqual(await namesIn(place), ["note.txt"]);
    assert.equal(((await Deno.stat(kept)).mode ?? 0) & 0o777, 0o700);

    const doctor = await run(two, "doctor");
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
    assert(
      doctor.stdout.includes(`"${kept}" can be written, and is used since no files of a client`),
    );
    assert(doctor.stdout.includes(`"${kept}/me.info" belongs to "Bo" at ${server.address}`));
    assert.match(doctor.stdout, new RegExp(`${server.address} takes connections`));

    // A folder that names a name goes without the user's own.
    const named = await run(two, "note.txt", "--dir", two);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /these are missing: the server .*, a name/);
  },
});

Deno.test({
  name: "A folder with a transfer.info of its own keeps the identity for it, as a course has it",
  ignore: !CAN_RUN_INSTALLED,
  async fn() {
    await using user = await installedForUser();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, kept } = user;
    await Deno.writeTextFile(join(one, "transfer.info"), `${server.address}\nBo\nnote.txt\n`);
    const { code, stderr } = await run(one);
    assert.equal(code, 0, stderr);
    const names = ["me.info", "note.txt", "priv.key", "servers", "transfer.info"];
    assert.deepEqual(await namesIn(one), names);
    assert.equal(await Deno.stat(kept).catch(() => undefined), undefined);
  },
});
