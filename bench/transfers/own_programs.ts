import { basename, join } from "node:path";
import { RunningServer } from "../../tests/end_to_end/fixtures/running_server.ts";
import { ROOT, taskWords } from "../../tests/end_to_end/fixtures/program.ts";
import { expectSame } from "./expect_same.ts";
import { type Command, peakMemory, timed } from "./timed.ts";

/** Our server as a process, and the commands of a client that is registered for both protocols. */
export interface OwnPrograms extends AsyncDisposable {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /** The id of the server's process. */
  readonly pid: number;
  /**
   * The client, sending files over protocol 3 and its default number of connections, or over at
   * most `parallel`.
   */
  send(files: readonly string[], how?: { readonly parallel?: number }): Command;
  /** The client, sending files and folders over protocol 4. */
  send4(files: readonly string[]): Command;
  /** The client, fetching a file or a folder into `folder` over protocol 4. */
  get4(name: string, folder: string): Command;
  /** Throws unless the server has received a file, or all in a folder, by protocol 3. */
  check3(path: string): Promise<void>;
  /** The same by protocol 4: it is fetched, and compared. */
  check4(path: string): Promise<void>;
  /**
   * Removes what the server received by protocol 3, and the files and folders `names` of protocol 4
   * if they are there, so that the next ones are new to it.
   */
  forget(names?: readonly string[]): Promise<void>;
  /** The peak memory of the server in bytes; undefined if unknown. */
  readonly peak: number | undefined;
}

/** Where both programs run. */
export interface OwnPlaces {
  /** The address of the server; loopback by default. */
  readonly address?: string;
  /** Words in front of the commands of the server and the client; none by default. */
  readonly server?: readonly [string, ...string[]];
  readonly client?: readonly string[];
}

/** Starts a server below `folder`, and registers a client with it. */
export async function startOwn(
  folder: string,
  { address = "127.0.0.1", server: through, client: before = [] }: OwnPlaces = {},
): Promise<OwnPrograms> {
  const homes = { three: join(folder, "client"), four: join(folder, "client_4") };
  for (const home of Object.values(homes)) await Deno.mkdir(home);
  const data = join(folder, "data");
  const args = ["--host", address, "--port", "0", "--log-level", "warning"];
  // A benchmark may take longer than any test: the tests' time limit does not apply.
  const server = await RunningServer.start(data, {
    ...{ args, lifeLimit: 3_600_000 },
    ...(through !== undefined && { through }),
  });
  const [deno = "deno", ...words] = taskWords("client");
  const main = words.pop() ?? "";
  const client = (home: string, more: readonly string[]): Command => {
    const program = deno === "deno" ? Deno.execPath() : deno;
    const [first = program, ...rest] = [...before, program, ...words, join(ROOT, main), ...more];
    return [first, ...rest, "--dir", home, "--quiet"];
  };
  const at = ["--server", server.address];
  const first = join(folder, "first.bin");
  await Deno.writeFile(first, new Uint8Array(1024));
  await timed(client(homes.three, [...at, first, "--name", "bench"]));
  const key = await server.printed(/^sealpost:/);
  await timed(client(homes.four, ["login", key, "--name", "bench4"]));
  const get4 = (name: string, into: string) => client(homes.four, ["get", name, "-o", into]);
  return {
    address: server.address,
    pid: server.pid,
    send: (files, { parallel } = {}) => {
      const many = parallel === undefined ? [] : ["--parallel", `${parallel}`];
      return client(homes.three, [...at, ...files, ...many]);
    },
    send4: (files) => client(homes.four, ["send", ...files]),
    get4,
    async check3(path) {
      // Each client has a folder, and there is one client.
      const [id = ""] = Array.from(
        Deno.readDirSync(join(data, "received_files")),
        ({ name }) => name,
      );
      const received = join(data, "received_files", id);
      const isFolder = (await Deno.stat(path)).isDirectory;
      await expectSame(path, isFolder ? received : join(received, basename(path)));
    },
    async check4(path) {
      const back = await Deno.makeTempDir({ dir: folder });
      await timed(get4(basename(path), back));
      await expectSame(path, join(back, basename(path)));
      await Deno.remove(back, { recursive: true });
    },
    async forget(names = []) {
      await emptyFolder(join(data, "received_files"));
      for (const name of names) {
        // It may not be there.
        await timed(client(homes.four, ["rm", "-r", name])).catch(() => {});
      }
      // The server removes them some seconds later, and would do so beside what comes next.
      if (names.length > 0) await removeFiles(join(data, "contents"));
    },
    get peak() {
      return peakMemory(server.pid);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function emptyFolder(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.remove(join(folder, name), { recursive: true });
  }
}

/** Removes the files in the folders in `folder`. */
async function removeFiles(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) await emptyFolder(join(folder, name));
}
