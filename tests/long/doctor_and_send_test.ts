/** `doctor` ends with the code with which `send` would end, for whatever it examines. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { mayMount, smallDisk } from "../scarcity/small_disk.ts";
import { ScriptedServer } from "../peers/scripted_server.ts";
import { writeTransferInfo } from "../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../end_to_end/fixtures/program.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";

/** Nothing listens on port 1 (tcpmux) of any machine in our time. */
const NOBODY = "127.0.0.1:1";

/** A folder of a client that is registered with a server, and has a file to send there. */
interface Case {
  readonly name: string;
  /** How both end. */
  readonly code: number;
  /** Changes the folder at `home`. */
  readonly change: (home: string, server: string) => Promise<unknown>;
}

const plan = (home: string, server: string, file = "a.txt") =>
  writeTransferInfo(home, server, "Patient", file);

const CASES: readonly Case[] = [
  { name: "a folder where all is well", code: 0, change: async () => {} },
  {
    name: "a newcomer",
    code: 0,
    async change(home, server) {
      for (const file of ["me.info", "priv.key"]) await Deno.remove(join(home, file));
      await writeTransferInfo(home, server, "Newcomer", "a.txt");
    },
  },
  { name: "no priv.key", code: 0, change: (home) => Deno.remove(join(home, "priv.key")) },
  {
    name: "another name in transfer.info",
    code: 0,
    change: (home, server) => writeTransferInfo(home, server, "Somebody Else", "a.txt"),
  },
  {
    name: "a transfer.info without a file",
    code: 2,
    change: (home, server) => writeTransferInfo(home, server, "Patient"),
  },
  {
    name: "a file that is missing",
    code: 2,
    change: (home, server) => plan(home, server, "b.txt"),
  },
  { name: "a folder for a file", code: 2, change: (home, server) => plan(home, server, ".") },
  {
    name: "a me.info that is broken",
    code: 2,
    change: (home) => Deno.writeTextFile(join(home, "me.info"), "Patient\nno id\n"),
  },
  {
    name: "a me.info that is a folder",
    code: 2,
    async change(home) {
      await Deno.remove(join(home, "me.info"));
      await Deno.mkdir(join(home, "me.info"));
    },
  },
  { name: "a key that does not work", code: 2, change: breakKey },
  { name: "a server that is not there", code: 3, change: (home) => plan(home, NOBODY) },
  {
    name: "a name that nobody knows",
    code: 3,
    change: (home) => plan(home, "server.invalid:1256"),
  },
  {
    name: "a file that is missing, for a server that is not there",
    code: 2,
    change: (home) => plan(home, NOBODY, "b.txt"),
  },
];

Deno.test("doctor ends as send does, whatever is wrong", async () => {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.start(join(folder.path, "data"));
  const well = join(folder.path, "well");
  await Deno.mkdir(well);
  await Deno.writeTextFile(join(well, "a.txt"), "text");
  await plan(well, server.address);
  assert.equal((await runClient(["--dir", well])).code, 0);
  await Promise.all(CASES.map(async ({ name, code, change }, index) => {
    const home = join(folder.path, `${index}`);
    await Deno.mkdir(home);
    for (const file of ["a.txt", "transfer.info", "me.info", "priv.key"]) {
      await Deno.copyFile(join(well, file), join(home, file));
    }
    await change(home, server.address);
    await checkAlike(home, { name, code });
  }));
});

Deno.test("doctor ends as send does at a server that speaks something else", async () => {
  await using folder = await temporaryFolder();
  await using other = new ScriptedServer({ revision: "2024a", onConnect: "close" });
  await Deno.writeTextFile(join(folder.path, "a.txt"), "text");
  await plan(folder.path, `${other.address.host}:${other.address.port}`);
  await checkAlike(folder.path, { name: "another protocol", code: 1 });
});

const mounting = await mayMount();

Deno.test({
  name: "doctor ends as send does in a folder that is read-only, with an identity and without" +
    (mounting ? "" : " (ignored: tests may not mount a disk here)"),
  ignore: !mounting,
  async fn() {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path);
    await using disk = await smallDisk(1024 ** 2);
    assert(disk !== undefined);
    const [known, newcomer] = [join(disk.path, "known"), join(disk.path, "newcomer")];
    for (const home of [known, newcomer]) {
      await Deno.mkdir(home);
      await Deno.writeTextFile(join(home, "a.txt"), "text");
    }
    await plan(known, server.address);
    await writeTransferInfo(newcomer, server.address, "Newcomer", "a.txt");
    assert.equal((await runClient(["--dir", known])).code, 0);
    await disk.makeReadOnly();
    await checkAlike(known, { name: "an identity", code: 0 });
    await checkAlike(newcomer, { name: "no identity", code: 2 });
  },
});

/** The doctor comes first, since it leaves everything as it is. */
async function checkAlike(home: string, { name, code }: Omit<Case, "change">): Promise<void> {
  const doctor = await runClient(["doctor", "--dir", home]);
  const sent = await runClient(["--dir", home, "--retries", "0", "--retry-time", "0"]);
  const said = `${name}:\n${doctor.stdout}\n${sent.stderr}`;
  assert.deepEqual([doctor.code, sent.code], [code, code], said);
}

/** Has the numbers of the key not belong together, in a structure that is whole. */
async function breakKey(home: string): Promise<void> {
  const path = join(home, "me.info");
  const [name, id, key = ""] = (await Deno.readTextFile(path)).split("\n");
  const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  bytes[200] = (bytes[200] ?? 0) ^ 0xff;
  await Deno.writeTextFile(path, [name, id, btoa(String.fromCharCode(...bytes)), ""].join("\n"));
}
