/**
 * What a server can run short of, one at a time and all together: full disks under its files, its
 * database and its log, no descriptor and no memory left, and no processor time.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { fileRows } from "../end_to_end/fixtures/data_folder.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { isInstalled, runTool } from "../end_to_end/fixtures/tool.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { mayMount, type SmallDisk, smallDisk } from "./small_disk.ts";

/** Bytes of each disk. */
const DISK = 8 * 1024 * 1024;

/** Descriptors that the server may have; without a connection it has about thirty. */
const DESCRIPTORS = 64;

/** How often in a row all have to be open for the server to have none left. */
const LOOKS = 5;

/** Descriptors that are free again when the crowd has gone: half of those that it took. */
const FREE = 16;

/** Bytes of a file that lies on the disk of files, and not in the database. */
const LARGE = 300_000;

/** Milliseconds for which the process is stopped. */
const STOPPED = 1_500;

const mounts = await mayMount() && await isInstalled("bash");
const ignored = mounts ? "" : " (ignored: no right to mount a tmpfs, or no bash)";

const traces = mounts && await isAllowed("strace -qq -o /dev/null true");

/** Whether a line of the shell succeeds. */
async function isAllowed(line: string): Promise<boolean> {
  return (await runTool("sh", ["-c", line])).code === 0;
}

/** A server with a disk for its files, one for its database and one for its log. */
interface Server {
  readonly running: RunningServer;
  readonly disks: Readonly<Record<"files" | "database" | "log", SmallDisk>>;
}

/** A shortage, and what comes of a file meanwhile. */
interface Shortage {
  /** Begins it. Resolves with what ends it. */
  readonly begin: (server: Server) => Promise<() => Promise<void>>;
  /** The reasons of refusals; undefined where files are stored all the same. */
  readonly refuses?: RegExp;
}

function full(name: keyof Server["disks"], refuses?: RegExp): Shortage {
  return {
    async begin({ disks }) {
      await disks[name].fill(0);
      return () => disks[name].empty();
    },
    ...(refuses && { refuses }),
  };
}

/**
 * As the kernel does when it has no memory left, for files and connections that are to be opened.
 */
const memory: Shortage = {
  async begin({ running }) {
    const strace = new Deno.Command("sh", {
      args: [
        ...["-c", 'exec strace -f -p "$0" -o /dev/null -e inject=openat,accept4:error=ENOMEM'],
        String(running.pid),
      ],
      stdin: "null",
      stderr: "piped",
    }).spawn();
    const said = new Lines(strace.stderr);
    await said.find(/attached/);
    return async () => {
      strace.kill("SIGINT");
      await strace.status;
      await said.done;
    };
  },
  refuses: /out-of-memory/,
};

/** How many descriptors a process has open. */
async function openDescriptors(pid: number): Promise<number> {
  return Number((await runTool("sh", ["-c", `ls /proc/${pid}/fd | wc -l`])).stdout);
}

const SHORTAGES: Readonly<Record<string, Shortage>> = {
  "room for files": full("files", /disk-full|free-space-exceeded/),
  "room for the database": full("database", /disk-full/),
  "room for the log": full("log"),
  descriptors: {
    async begin({ running }) {
      const crowd: SocketLink[] = [];
      for (let count = 0; count < DESCRIPTORS; count++) {
        crowd.push(await SocketLink.connect(parseAddress(running.address)));
      }
      // The system has taken them all; the server takes them by and by, and opens something for a
      // moment now and then.
      for (let looks = 0; looks < LOOKS;) {
        looks = await openDescriptors(running.pid) < DESCRIPTORS ? 0 : looks + 1;
      }
      return async () => {
        for (const line of crowd) line.close();
        // It learns by and by of those that are gone, too.
        while (await openDescriptors(running.pid) > DESCRIPTORS - FREE);
      };
    },
    refuses: /out-of-descriptors/,
  },
  ...(traces && { memory }),
  "processor time": {
    begin({ running }) {
      running.signal("SIGSTOP");
      const over = new Promise<void>((resolve) =>
        setTimeout(() => {
          running.signal("SIGCONT");
          resolve();
        }, STOPPED)
      );
      return Promise.resolve(() => over);
    },
  },
};

/** Runs a test with a server on disks of its own; the log is read at its end. */
async function onOwnDisks(
  act: (server: Server) => Promise<void>,
): Promise<{ readonly log: string }> {
  await using files = await smallDisk(DISK);
  await using database = await smallDisk(DISK);
  await using logs = await smallDisk(DISK);
  assert(files && database && logs);
  const [data, catalog] = [join(files.path, "data"), join(database.path, "clients.db")];
  const log = join(logs.path, "server.log");
  {
    await using running = await RunningServer.start(data, {
      args: [...ON_LOOPBACK, "--keep-free", "0", "--database", catalog],
      through: ["bash", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@" 2>>"$0"`, log],
    });
    await act({ running, disks: { files, database, log: logs } });
    assert.equal((await running.stop()).code, 0);
  }
  for (const { location, size, checksum } of fileRows(catalog)) {
    const file = await Deno.open(join(data, location));
    assert.equal((await file.stat()).size, size);
    assert.equal(await cksumOf(file.readable), checksum);
  }
  return { log: await Deno.readTextFile(log) };
}

/** Sends a file and confirms it. Resolves with whether both were accepted. */
async function store(client: ConnectedClient, name: string): Promise<boolean> {
  await client.send(await client.fileRequest(name, seededBytes(LARGE, LARGE)));
  const received = (await client.reply()).kind === "fileReceived";
  return received && (await client.confirm(name)).kind === "acknowledged";
}

/** A client that was served before a shortage is served after it, and so is a new one. */
async function servedAfter(client: ConnectedClient, { running }: Server): Promise<void> {
  assert(await store(client, "after.bin"));
  using newcomer = await ConnectedClient.introduced(running.address, "Newcomer");
  assert(await store(newcomer, "own.bin"));
}

/** Declares a test for each shortage of this kind, by its name. */
export function testShortages(isMeant: (name: string) => boolean): void {
  for (const [name, shortage] of Object.entries(SHORTAGES)) {
    if (isMeant(name)) testShortage(name, shortage);
  }
}

function testShortage(name: string, { begin, refuses }: Shortage): void {
  Deno.test({
    name: `Without ${name} a server ${refuses ? "refuses files by name" : "stores files"}` +
      `, and serves all again later${ignored}`,
    ignore: !mounts,
    async fn() {
      const { log } = await onOwnDisks(async (server) => {
        using client = await ConnectedClient.introduced(server.running.address, "Steady");
        assert(await store(client, "before.bin"));
        const end = await begin(server);
        assert.equal(await store(client, "amid.bin"), refuses === undefined);
        await end();
        await servedAfter(client, server);
      });
      if (refuses) assert.match(log, new RegExp(`Refused .*'(${refuses.source})'`));
      assert.doesNotMatch(log, /internal-error/);
    },
  });
}

/** Declares a test of a server that is short of everything. */
export function testAllShortages(): void {
  Deno.test({
    name:
      `Without anything of all that a server refuses files, and serves all again later${ignored}`,
    ignore: !mounts,
    async fn() {
      const { log } = await onOwnDisks(async (server) => {
        using client = await ConnectedClient.introduced(server.running.address, "Steady");
        assert(await store(client, "before.bin"));
        const ends: (() => Promise<void>)[] = [];
        for (const { begin } of Object.values(SHORTAGES)) ends.push(await begin(server));
        for (let time = 0; time < 3; time++) assert.equal(await store(client, "amid.bin"), false);
        for (const end of ends) await end();
        await servedAfter(client, server);
      });
      assert.match(log, /Refused .*'(disk-full|free-space-exceeded|out-of-(descriptors|memory))'/);
      assert.doesNotMatch(log, /internal-error/);
    },
  });
}
