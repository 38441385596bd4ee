import { join } from "node:path";
import { RunningServer } from "../../tests/end_to_end/fixtures/running_server.ts";
import { ROOT, taskWords } from "../../tests/end_to_end/fixtures/program.ts";
import { type Command, peakMemory, timed } from "./timed.ts";

/** Our server as a process, and the command of a registered client. */
export interface OwnPrograms extends AsyncDisposable {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /**
   * The client, sending files over its default number of connections, or over at most `parallel`.
   */
  send(files: readonly string[], how?: { readonly parallel?: number }): Command;
  /** Removes what the server received, so that the next files are new to it. */
  forget(): Promise<void>;
  /** The peak memory of the server in bytes; undefined if unknown. */
  readonly peak: number | undefined;
}

/** Starts a server below `folder`, and registers a client with it. */
export async function startOwn(folder: string): Promise<OwnPrograms> {
  const home = join(folder, "client");
  await Deno.mkdir(home);
  const args = ["--host", "127.0.0.1", "--port", "0", "--log-level", "warning"];
  // A benchmark may take longer than any test: the tests' time limit does not apply.
  const server = await RunningServer.start(join(folder, "data"), {
    args,
    lifeLimit: 3_600_000,
  });
  const [deno = "deno", ...words] = taskWords("client");
  const main = words.pop() ?? "";
  const client = (more: readonly string[]): Command => [
    deno === "deno" ? Deno.execPath() : deno,
    ...words,
    join(ROOT, main),
    "--dir",
    home,
    "--server",
    server.address,
    "--quiet",
    ...more,
  ];
  const first = join(folder, "first.bin");
  await Deno.writeFile(first, new Uint8Array(1024));
  await timed(client([first, "--name", "bench"]));
  return {
    address: server.address,
    send: (files, { parallel } = {}) =>
      client([...files, ...(parallel === undefined ? [] : ["--parallel", `${parallel}`])]),
    async forget() {
      const received = join(folder, "data", "received_files");
      for await (const { name } of Deno.readDir(received)) {
        await Deno.remove(join(received, name), { recursive: true });
      }
    },
    get peak() {
      return peakMemory(server.pid);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
