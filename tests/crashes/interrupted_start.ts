import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseAddress } from "../../shared/text/address.ts";
import { clientIdText } from "../../shared/wire/client_id.ts";
import { databaseIn, stagedFiles } from "../end_to_end/fixtures/data_folder.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { TestClient } from "../peers/test_client.ts";
import {
  factsOf,
  type InterruptedClient,
  interruptedFolder,
  type InterruptedOptions,
} from "./interrupted_folder.ts";

/**
 * Files that each client sends: at least one for each moment that its commits were interrupted at.
 */
const FILES_SENT = 6;

/** What a start took. */
export interface InterruptedStart {
  /**
   * Milliseconds of processor time until the port was open; undefined where the system does not
   * tell.
   */
  readonly processor: number | undefined;
  /** Milliseconds until the port was open. */
  readonly elapsed: number;
  /** Milliseconds of processor time from then on, until a client was answered; as above. */
  readonly answered: number | undefined;
  /** The most bytes of memory that the server had at a time; undefined as above. */
  readonly memory: number | undefined;
}

/**
 * Starts a server on a data folder that another was killed on, has its clients send files at once
 * that were under way then, and fails unless every file is whole in the end and in the version
 * promised.
 */
export async function interruptedStart(
  data: string,
  options: InterruptedOptions,
): Promise<InterruptedStart> {
  const clients = await interruptedFolder(data, options);
  const begun = performance.now();
  await using server = await RunningServer.start(data, {
    args: [...ON_LOOPBACK, "--log-level", "debug"],
    lifeLimit: 600_000,
  });
  const elapsed = performance.now() - begun;
  const processor = await processorTime(server.pid);
  let answered: Promise<number | undefined> | undefined;
  await Promise.all(
    clients.slice(0, 20).map(async (client) => {
      using line = await SocketLink.connect(parseAddress(server.address));
      await sendAgain(client, line, () => answered ??= processorTime(server.pid));
    }),
  );
  const spent = await answered;
  await server.logged(/Looked up \d+ files on record/);
  const memory = await peakMemory(server.pid);
  const { code, stderr } = await server.stop();
  strictEqual(code, 0);
  ok(!/ error /i.test(stderr), stderr);
  await checkFolder(data, clients);
  const untilAnswer = spent !== undefined && processor !== undefined
    ? spent - processor
    : undefined;
  return { processor, elapsed, answered: untilAnswer, memory };
}

/** Sends new versions of files that were under way, after the server has taken the client in. */
async function sendAgain(
  { clientId, name, files }: InterruptedClient,
  line: SocketLink,
  onAnswered: () => void,
): Promise<void> {
  const client = new TestClient(line, { name, clientId });
  strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
  onAnswered();
  for (const fileName of [...files.keys()].slice(0, FILES_SENT)) {
    const text = `sent again: ${fileName}`;
    const content = new TextEncoder().encode(text);
    strictEqual((await client.file(content, { fileName }))?.kind, "fileReceived");
    const answer = await client.ask(client.verdict("crcValid", fileName));
    strictEqual(answer?.kind, "acknowledged");
    files.set(fileName, text);
  }
}

async function checkFolder(data: string, clients: readonly InterruptedClient[]): Promise<void> {
  using database = new DatabaseSync(databaseIn(data), { readOnly: true });
  const all = (sql: string, ...values: Uint8Array[]) => database.prepare(sql).all(...values);
  deepStrictEqual(all("SELECT * FROM intents"), []);
  deepStrictEqual(all("SELECT FileName FROM unsynced"), []);
  deepStrictEqual(await stagedFiles(data), []);
  for (const { clientId, files } of clients) {
    const rows = new Map(
      all("SELECT * FROM files WHERE ID = ? AND FileName LIKE 'under way %'", clientId)
        .map((row) => [String(row["FileName"]), row]),
    );
    strictEqual(rows.size, files.size);
    for (const [fileName, text] of files) {
      const { size, checksum } = factsOf(text);
      const row = rows.get(fileName);
      const whose = `${fileName} of ${clientIdText(clientId)}`;
      deepStrictEqual([row?.["Size"], row?.["Checksum"]], [size, checksum], whose);
      strictEqual(await Deno.readTextFile(join(data, String(row?.["PathName"]))), text, whose);
    }
  }
}

/** Milliseconds of processor time that a process has had, on Linux. */
async function processorTime(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const stat = await procFile(pid, "stat");
  // Behind the name, which is in brackets: the 14th and 15th field, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** The most bytes that a process had in memory, on Linux. */
async function peakMemory(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const status = await procFile(pid, "status");
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/**
 * What the system says of a process. By a shell, since Deno reads nothing there without all rights.
 */
async function procFile(pid: number, name: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'cat "/proc/$0/$1"', String(pid), name],
  }).output();
  return new TextDecoder().decode(stdout);
}
