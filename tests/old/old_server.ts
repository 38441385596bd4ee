/** A server of another version, run from its sources. */

import { join } from "node:path";

/** A server on loopback. */
export interface OldServer {
  readonly pid: number;
  /** Where it listens, in the order of what was asked for. */
  readonly addresses: readonly string[];
  /** Sends it a signal, and waits for its end. */
  end(signal: Deno.Signal): Promise<void>;
}

/** Starts the server of the sources in a folder, with a listener for each revision or `auto`. */
export async function startOldServer(
  { source, data, listeners }: {
    readonly source: string;
    readonly data: string;
    readonly listeners: readonly string[];
  },
): Promise<OldServer> {
  const listen = listeners.flatMap((revision) => ["--listen", `127.0.0.1:0=${revision}`]);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(source, "server/main.ts"), "--data", data, ...listen],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const addresses = () =>
    [...text.matchAll(/listening on (\S+)\n/g)].map(([, found = ""]) => found);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (addresses().length < listeners.length) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The server did not start");
    text += value;
  }
  return {
    pid: child.pid,
    addresses: addresses(),
    async end(signal) {
      child.kill(signal);
      await Promise.all([child.status, reader.cancel()]);
    },
  };
}
