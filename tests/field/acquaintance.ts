/** A client's program and a server in the field, over several runs. */

import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { serverFolder } from "../../client/identity/client_folders.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { LenientClock } from "../peers/lenient_clock.ts";
import type { FieldServer } from "./field_server.ts";

/** Bytes of plain files: around blocks and blocks of 65,535, and more than a packet. */
export const ALL_SIZES: readonly number[] = [0, 1, 15, 16, 1000, 65_537, 1024 * 1024];

/** What a run is given, and to which server it goes. */
export interface Run {
  readonly flags?: readonly string[];
  /** Default: the one that the client is acquainted with. */
  readonly server?: FieldServer;
  /** Default: all. */
  readonly sizes?: readonly number[];
}

/** A client's folder and a server, over several runs of the program. */
export class Acquaintance implements AsyncDisposable {
  readonly server: FieldServer;
  readonly #home: Awaited<ReturnType<typeof temporaryFolder>>;

  /** The clock of the client. */
  readonly #clock: Clock;

  private constructor(
    server: FieldServer,
    home: Awaited<ReturnType<typeof temporaryFolder>>,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.server = server;
    this.#home = home;
  }

  /** The client's clock is one that no busy machine cuts short, unless one is given. */
  static async with(
    server: FieldServer,
    clock: Clock = new LenientClock(),
  ): Promise<Acquaintance> {
    return new Acquaintance(server, await temporaryFolder(), clock);
  }

  /** Sends a file; returns what the server heard of this run, and standard error. */
  async send(
    name: string,
    flags: readonly string[] = [],
    { server = this.server, size = 3_000 }: {
      readonly server?: FieldServer;
      readonly size?: number;
    } = {},
  ) {
    const { path } = this.#home;
    const { content } = await makeFile(path, { name, size });
    const before = server.heard.length;
    const { code, stderr } = await runClient([
      ...["--dir", path, "--server", formatAddress(this.server.address), "--quiet", "--name=Bo"],
      ...flags,
      join(path, name),
    ], { clock: this.#clock });
    return {
      ...{ code, stderr },
      heard: server.heard.slice(before),
      isStored: code === 0 &&
        server.files.get(name)?.toHex() === new Uint8Array(content).toHex(),
    };
  }

  /** Sends a file of each size, and fails unless all arrive. */
  async sendSizes(
    run: string,
    { flags = [], server = this.server, sizes = ALL_SIZES }: Run = {},
  ) {
    const { path } = this.#home;
    const files = await Promise.all(
      sizes.map((size) => makeFile(path, { name: `${run}-${size}.bin`, size })),
    );
    const before = server.heard.length;
    const { code, stderr } = await runClient([
      ...["--dir", path, "--server", formatAddress(server.address), "--quiet", "--name=Bo"],
      ...["--parallel=1", ...flags],
      ...files.map(({ name }) => join(path, name)),
    ], { clock: this.#clock });
    strictEqual(code, 0, stderr);
    for (const { name, content } of files) {
      ok(server.files.get(name)?.toHex() === new Uint8Array(content).toHex(), name);
    }
    return { stderr, heard: server.heard.slice(before) };
  }

  /** The path of the record. */
  async record(): Promise<string> {
    return join(await serverFolder(this.#home.path, this.server.address), "proven.info");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#home[Symbol.asyncDispose]();
  }
}
