import assert from "node:assert/strict";
import { join } from "node:path";
import { HttpConnection } from "../../../client/protocol4/connection/http_connection.ts";
import { LostConnection } from "../../../client/protocol4/connection/errors.ts";
import { knownServers } from "../../../client/protocol4/identity/known_servers.ts";
import { ClientError } from "../../../client/client_error.ts";
import { SYSTEM_CLOCK } from "../../../client/system_clock.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import type { Address } from "../../../shared/text/address.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { SeededRandom } from "../../chance/seeded_random.ts";
import { startProgram } from "../../end_to_end/fixtures/in_process.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import type { Ledger } from "../ledger.ts";

const MIB = 1024 ** 2;

/** The most bytes of a file that is one request: rows of the database, objects, and parts. */
const SIZES = [4_000, 4_000, 4_000, 40_000, 70_000, 130_000, 300_000, 2_000_000] as const;

/** One file in so many is sent by our own client, in parts. */
const LARGE = 40;

/** Milliseconds for an answer, on a machine with much to do. */
const TIMEOUT = 60_000;

/** Milliseconds that our own client may take for a file, with servers that come and go. */
const LIFE = 400_000;

/** A client of protocol 4, and where it keeps what it knows. */
export interface TreeUser {
  readonly clientId: ClientId;
  /** Its configuration folder. */
  readonly config: string;
  readonly token: string;
}

/** A client of protocol 4 that sends files, and enters into a ledger what it was told. */
export class TreeUploader {
  readonly #user: TreeUser;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  #files = 0;

  constructor({ user, random, ledger }: {
    readonly user: TreeUser;
    readonly random: SeededRandom;
    readonly ledger: Ledger;
  }) {
    this.#user = user;
    this.#random = random;
    this.#ledger = ledger;
  }

  /** Sends files until the connection ends, a server fails, or `mayGoOn` says no. */
  async run(server: Address, mayGoOn: () => boolean): Promise<void> {
    const [known] = await knownServers(this.#user.config);
    assert(known !== undefined, "The client has logged in");
    const options = { timeout: TIMEOUT, clock: SYSTEM_CLOCK };
    let connection: HttpConnection | undefined;
    try {
      connection = await HttpConnection.open({ ...known, ...server }, options);
      while (mayGoOn()) {
        if (this.#random.oneIn(LARGE)) await this.#sendLarge(server);
        else if (!await this.#put(connection)) return;
      }
    } catch (error) {
      // The server is not there any more.
      const isAway = error instanceof ClientError && /^no-/.test(error.reason);
      if (!isAway && !(error instanceof LostConnection)) throw error;
    } finally {
      connection?.close();
    }
  }

  /** Sends a file in one request; whether the server kept it. */
  async #put(connection: HttpConnection): Promise<boolean> {
    const { token, clientId } = this.#user;
    const content = this.#random.bytes(this.#random.below(this.#random.pick(SIZES)));
    const fileName = this.#random.oneIn(4) ? "again.bin" : `file-${++this.#files}.bin`;
    this.#ledger.asks({ clientId, fileName }, versionOf(content));
    const { status, body } = await connection.request({
      method: "PUT",
      path: `/v4/files/${fileName}`,
      headers: { authorization: `Bearer ${token}` },
      body: content,
    });
    const text = new TextDecoder().decode(await body.bytes());
    // The database or the store is away: what became of the file is not known.
    if (status >= 500 || status === 429) return false;
    assert(status === 201 || status === 200 || status === 204, `${status} ${text}`);
    this.#ledger.acknowledges({ clientId, fileName });
    return true;
  }

  /** Sends a file by our own client, which goes on with what a server has of it already. */
  async #sendLarge({ host, port }: Address): Promise<void> {
    const { config, clientId } = this.#user;
    const fileName = `large-${++this.#files}.bin`;
    const piece = this.#random.bytes(1 + this.#random.below(MIB));
    const content = new Uint8Array(9 * MIB + this.#random.below(9 * MIB));
    for (let at = 0; at < content.length; at += piece.length) {
      content.set(piece.subarray(0, content.length - at), at);
    }
    const path = join(config, fileName);
    await Deno.writeFile(path, content);
    this.#ledger.asks({ clientId, fileName }, versionOf(content));
    const words = ["send", path, "--server", `${host}:${port}`, "--dir", config];
    const code = await run([...words, "--retry-time", "20s", "--timeout", "10s"]);
    await Deno.remove(path);
    if (code === 0) this.#ledger.acknowledges({ clientId, fileName });
  }
}

/** Runs our client to its end, which may be late: it waits for servers that are away. */
async function run(words: readonly string[]): Promise<number> {
  const program = startProgram("client", words);
  const [stdout, stderr] = [new Lines(program.stdout), new Lines(program.stderr)];
  const timer = setTimeout(() => program.kill("SIGKILL"), LIFE);
  try {
    const [{ code }] = await Promise.all([program.status, stdout.done, stderr.done]);
    return code;
  } catch (error) {
    throw new Error(`The client said: ${stderr.text}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function versionOf(content: Uint8Array): { readonly size: number; readonly checksum: number } {
  const sum = new Cksum();
  sum.update(content);
  return { size: content.byteLength, checksum: sum.digest() };
}
