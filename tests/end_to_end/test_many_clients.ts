/** Many clients at once. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { OwnIdentity } from "../../client/protocol3/identity/own_identity.ts";
import { lookAtFile } from "../../client/files/local_file.ts";
import { Handshake } from "../../client/protocol3/handshake.ts";
import { Session } from "../../client/protocol3/session.ts";
import { ConcurrentContents } from "../../client/protocol3/sending/encrypted_content.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { idIn, type MadeFile, makeFile } from "./fixtures/client_folder.ts";
import { clientRows, databaseIn, fileRows, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import { testKeys } from "../peers/test_keys.ts";

/** Most are sessions in the tests' own process: more processes would only test the machine. */
export interface ClientNumbers {
  readonly sessions: number;
  readonly processes: number;
}

/** A client in the tests' own process, with a folder of its own. */
interface Member {
  readonly home: string;
  readonly file: MadeFile;
  readonly session: Session;
  readonly troubles: string[];
}

/** Declares a test in which this many clients send files at the same time, twice. */
export function testManyClients(numbers: ClientNumbers): void {
  const count = numbers.sessions + numbers.processes;
  Deno.test(`${count} clients at once have all files verified without a retry`, async () => {
    await sendAtOnce(numbers);
  });
}

async function sendAtOnce({ sessions, processes }: ClientNumbers): Promise<void> {
  await using folder = await temporaryFolder();
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const homes = await Promise.all(
    Array.from({ length: sessions + processes }, async (_, index) => {
      const home = join(folder.path, `client ${index}`);
      await Deno.mkdir(home);
      return { home, file: await makeFile(home, { name: `${index}.bin`, size: 5_000 * index }) };
    }),
  );
  const members = await Promise.all(
    homes.slice(processes).map(async ({ home, file }) => ({
      home,
      file,
      ...await openSession(home, { address: server.address, name: `Session ${file.name}` }),
    })),
  );

  await Promise.all([
    sendTogether(members),
    ...homes.slice(0, processes).map(({ home, file }) =>
      runProcess(file, ["--dir", home, "--server", server.address])
    ),
  ]);
  for (const { troubles } of members) assert.deepEqual(troubles, []);
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /^\S+ +(warning|error) /m);

  assert.equal(clientRows(databaseIn(data.path)).length, homes.length);
  const expected = await Promise.all(homes.map(async ({ home, file: { name, content } }) => {
    const location = `received_files/${await idIn(home)}/${name}`;
    assert.deepEqual(await Deno.readFile(join(data.path, location)), new Uint8Array(content));
    return `${location} ${content.byteLength} 1`;
  }));
  const rows = fileRows(databaseIn(data.path)).map(({ location, size, verified }) =>
    `${location} ${size} ${verified}`
  );
  assert.deepEqual([...rows].sort(), expected.sort());
  assert.equal((await storedFiles(data.path)).length, homes.length);
}

/** All sessions send at once, and once more when all of them have a connection that stands. */
async function sendTogether(members: readonly Member[]): Promise<void> {
  try {
    for (let round = 1; round <= 2; round++) {
      const sent = await Promise.all(
        members.map(async ({ session, file }) =>
          await session.send(await lookAtFile(file.path), () => {})
        ),
      );
      for (const { attempts } of sent) assert.equal(attempts, 1);
    }
  } finally {
    for (const { session } of members) await session.close();
  }
}

async function openSession(
  home: string,
  { address, name }: { readonly address: string; readonly name: string },
): Promise<Pick<Member, "session" | "troubles">> {
  const troubles: string[] = [];
  const reporter = { trouble: (line: string) => void troubles.push(line), detail: () => {} };
  const server = parseAddress(address);
  const clock = SYSTEM_CLOCK;
  const own = await OwnIdentity.find({
    ...{ server, folders: [home], newIn: home, userFolder: undefined, name, lockTime: 60_000 },
    ...{ planned: () => Promise.resolve(undefined), clock, makeKeys: testKeys },
  });
  const handshake = await Handshake.prepare({
    name,
    own,
    clock,
    retries: 0,
    quirks: new Set(),
    reporter,
  });
  const session = new Session({
    server,
    revision: "2024a",
    retries: 0,
    retryTime: 0,
    timeout: 30_000,
    clock,
    packetSize: undefined,
    packetDelay: 0,
    quirks: new Set(),
    contents: new ConcurrentContents(),
    handshake,
    reporter,
  });
  return { session, troubles };
}

async function runProcess({ name, path }: MadeFile, flags: readonly string[]): Promise<void> {
  const { code, stderr } = await runClient([
    ...flags,
    ...["--name", `Process ${name}`, "--retries", "0", "--quiet", path],
  ]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
}
