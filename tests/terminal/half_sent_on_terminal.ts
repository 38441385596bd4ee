import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { HalfSent } from "../end_to_end/fixtures/half_sent.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { NO_TERMINAL, Terminal } from "./terminal.ts";

/** The last line of an orderly stop, with what was counted, as people read it. */
export const STOPPED = /info +Stopped \([^)]*files-stored 1[^)]*\)\s*$/;

/** A command with its arguments. */
export type Words = [string, ...string[]];

/** A server as its users start it, with time for its transfers. */
const serverCommand = (data: string): Words => [
  Deno.execPath(),
  ...["task", "--quiet", "server", "--host", "127.0.0.1", "--port", "0"],
  ...["--data", data, "--grace", "1h"],
];

/** A server on a terminal that has received half a file. */
export interface HalfSentOnTerminal {
  readonly terminal: Terminal;
  readonly half: HalfSent;
  readonly address: string;
  readonly data: string;
}

/** Runs a test with a server on a terminal that has received half a file. */
export function halfSentOnTerminal(
  name: string,
  { command = (words) => words, ignore = "", tries = 1 }: {
    readonly command?: (words: Words, data: string) => Words;
    readonly ignore?: string;
    /** How often it is tried, for what comes too late now and then on a busy machine. */
    readonly tries?: number;
  },
  act: (given: HalfSentOnTerminal) => Promise<void>,
): void {
  const reason = NO_TERMINAL || ignore;
  const attempt = async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await using terminal = await Terminal.start(
      command(serverCommand(data), data),
      { cwd: ROOT, env: { NO_COLOR: "1" }, columns: 400 },
    );
    const [, address = ""] = await terminal.shows(/listening on (\S+)\r\n/);
    using half = await HalfSent.begin(address, { name: "Halfway", data });
    await act({ terminal, half, address, data });
  };
  Deno.test({
    name: `${name}${reason}`,
    ignore: reason !== "",
    async fn() {
      for (let left = tries;; left--) {
        try {
          return await attempt();
        } catch (error) {
          if (left === 1) throw error;
        }
      }
    },
  });
}

/** The end of a stop in which the transfer was waited for. */
export async function assertOrderly({ terminal, half }: HalfSentOnTerminal): Promise<void> {
  await terminal.shows(/Stopping: 1 connections are open/);
  await half.finish();
  const { code, screen } = await terminal.ended();
  assert.equal(code, 0, screen);
  assert.match(screen, STOPPED);
  await half.assertStored();
}
