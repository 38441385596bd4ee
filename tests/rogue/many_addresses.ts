/** An attacker with many addresses, as a process of its own: Deno cannot choose its address. */

import { fileURLToPath } from "node:url";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { HAS_PYTHON, python } from "../end_to_end/fixtures/python.ts";
import { toHex } from "../../shared/text/encodings.ts";

const SCRIPT = fileURLToPath(new URL("./many_addresses.py", import.meta.url));

/** Only Linux has all of 127.0.0.0/8 without asking. */
const able = Deno.build.os === "linux" && HAS_PYTHON;

/** Why tests with many addresses are ignored; undefined where they are not. */
export const NO_ADDRESSES: string | undefined = able ? undefined : "no python3 on Linux";

/** What an attacker with many addresses does. */
export interface ManyAddressesOptions {
  /** The server's port on 127.0.0.1. */
  readonly port: number;
  /** How many addresses it has. */
  readonly addresses: number;
  /** Connections from each of them. Default: 1. */
  readonly each?: number;
  /**
   * What each sends at once and every five seconds, with a number for `######`. Default: nothing.
   */
  readonly request?: Uint8Array;
  /** Reads nothing that comes. Default: false. */
  readonly deaf?: boolean;
}

/** Opens connections from many addresses; one that is closed is opened again after five seconds. */
export class ManyAddresses implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #said: Lines;

  private constructor({ port, addresses, each = 1, request, deaf }: ManyAddressesOptions) {
    const words = [SCRIPT, ...[port, addresses, each].map(String)];
    if (request !== undefined) words.push(toHex(request), ...(deaf ? ["deaf"] : []));
    this.#process = python(words, { stdin: "piped", stdout: "piped" }).spawn();
    this.#said = new Lines(this.#process.stdout);
  }

  /** Begins; resolves when each connection was opened once. */
  static async begin(options: ManyAddressesOptions): Promise<ManyAddresses> {
    const attack = new ManyAddresses(options);
    await attack.#said.find(/begun/);
    return attack;
  }

  /** Resolves when each open connection was answered. */
  async answered(): Promise<void> {
    await this.#said.find(/answered/);
  }

  /** Ends it and all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#said.done;
    const { success } = await this.#process.status;
    if (!success) throw new Error("The attacker failed");
  }
}
