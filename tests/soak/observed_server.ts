import assert from "node:assert/strict";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { ROOT, taskWords } from "../end_to_end/fixtures/program.ts";
import { ON_LOOPBACK } from "../end_to_end/fixtures/running_server.ts";
import { HOLDINGS, type Holdings } from "./counted_server.ts";

/** What a server takes at a moment without requests. */
export interface Figures extends Holdings {
  /** Open file descriptors. */
  readonly descriptors: number;
}

/**
 * A server process with the permissions of the task "server" that can be looked into; on Linux
 * alone.
 */
export class ObservedServer implements AsyncDisposable {
  readonly address: Address;
  readonly #child: Deno.ChildProcess;
  readonly #streams: readonly [Lines, Lines];
  #looks = 0;

  private constructor(
    child: Deno.ChildProcess,
    streams: readonly [Lines, Lines],
    address: Address,
  ) {
    this.#child = child;
    this.#streams = streams;
    this.address = address;
  }

  /** Starts it on a data folder; resolves when it listens. */
  static async start(data: string): Promise<ObservedServer> {
    const words = taskWords("server").slice(1, -1);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...words,
        "--v8-flags=--expose-gc",
        `${ROOT}tests/soak/counted_server.ts`,
        // What was not confirmed must not be there at the end.
        ...["--data", data, "--keep-unverified", "no", "--log-level", "error", ...ON_LOOPBACK],
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const streams = [new Lines(child.stdout), new Lines(child.stderr)] as const;
    const [, address = ""] = /listening on (\S+)/.exec(await streams[0].find(/listening on/)) ?? [];
    return new ObservedServer(child, streams, parseAddress(address));
  }

  /** What it takes now. */
  async look(): Promise<Figures> {
    this.#looks += 1;
    this.#child.kill("SIGUSR2");
    const line = await this.#holdings(this.#looks);
    return { ...JSON.parse(line.slice(HOLDINGS.length)), descriptors: await this.#descriptors() };
  }

  /** Asks it to stop and waits for its end; fails unless it ends with 0 and had no error to log. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const [{ code }] = await Promise.all([
      this.#child.status,
      ...this.#streams.map(({ done }) => done),
    ]);
    assert.equal(code, 0);
    assert.doesNotMatch(this.#streams[1].text, / error /);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#child.status;
    await Promise.all(this.#streams.map(({ done }) => done));
  }

  /** Deno keeps /proc from all programs that may not do everything, so another one looks. */
  async #descriptors(): Promise<number> {
    const args = [`/proc/${this.#child.pid}/fd`];
    const { success, stdout } = await new Deno.Command("ls", { args }).output();
    assert(success, "The descriptors of a process can be listed: on Linux");
    return new TextDecoder().decode(stdout).trim().split("\n").length;
  }

  async #holdings(nth: number): Promise<string> {
    for (let lines = nth;; lines++) {
      const all = (await this.#streams[1].first(lines)).filter((line) => line.startsWith(HOLDINGS));
      const line = all[nth - 1];
      if (line !== undefined) return line;
      assert(all.length <= lines, "The server ended");
    }
  }
}
