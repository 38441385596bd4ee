import { join } from "node:path";
import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import {
  CHECKSUMS_NAME,
  parseReleaseName,
  type ReleaseFile,
} from "../../../shared/release/release_files.ts";
import { TARGETS } from "../../../shared/release/targets.ts";
import { type Digested, Digests, isSameState, stateOf } from "./digests.ts";
import { MAX_SUMS_SIZE, parseSha256Sums } from "./sha256_sums.ts";
import { compareVersions } from "./version_order.ts";

/** An offered file: a file of a release whose digest matches `SHA256SUMS`. */
export interface OfferedFile extends ReleaseFile, Digested {
  readonly name: string;
}

export interface Offer {
  /** The newest version; undefined if nothing is offered. */
  readonly version: string | undefined;
  /** Its files, in the order of `TARGETS`, those that need no unpacking first. */
  readonly newest: readonly OfferedFile[];
  /** The files of all versions, by name. */
  readonly files: ReadonlyMap<string, OfferedFile>;
}

/** An offer of nothing. */
export const NO_OFFER: Offer = { version: undefined, newest: [], files: new Map() };

/** Milliseconds for which an offer is reused without reading the folder. */
const FRESH = 1_000;

/**
 * A folder with the files of releases. Offers only files that have the name of a release file, are
 * regular files directly in the folder, and have the digest in its `SHA256SUMS`. No other file can
 * be read through this class.
 */
export class ReleaseFolder implements AsyncDisposable {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #clock: Pick<Clock, "now">;
  readonly #stopping = new AbortController();
  readonly #digests = new Digests(this.#stopping.signal);
  /** The last warning about each file that is not offered, so that it is logged once. */
  readonly #complaints = new Map<string, string>();
  #offer: Promise<Offer> | undefined;
  #checked = -Infinity;

  constructor(
    folder: string,
    { log, clock }: { readonly log: Logger; readonly clock: Pick<Clock, "now"> },
  ) {
    this.#folder = folder;
    this.#log = log;
    this.#clock = clock;
  }

  /** Returns the current offer. Concurrent calls share one reading of the folder. */
  offer(): Promise<Offer> {
    if (this.#clock.now() - this.#checked < FRESH && this.#offer !== undefined) return this.#offer;
    this.#checked = Infinity;
    return this.#offer = this.#look().finally(() => this.#checked = this.#clock.now());
  }

  /**
   * Opens an offered file for reading; the caller closes it. Returns undefined if the file has
   * changed since it was offered, so that its content always has the offered digest.
   */
  async open(file: OfferedFile): Promise<Deno.FsFile | undefined> {
    const opened = await Deno.open(join(this.#folder, file.name)).catch(() => undefined);
    if (opened === undefined) return undefined;
    const info = await opened.stat();
    if (info.isFile && isSameState(file, stateOf(info))) return opened;
    opened.close();
    this.#checked = -Infinity;
    return undefined;
  }

  /** Stops a running reading of the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#offer?.catch(() => {});
  }

  async #look(): Promise<Offer> {
    const sums = await this.#readSums();
    const files = new Map<string, OfferedFile>();
    const present = new Set<string>();
    for (const name of await this.#names()) {
      const release = parseReleaseName(name);
      if (release === undefined) continue;
      present.add(join(this.#folder, name));
      const digested = await this.#check(name, sums);
      if (digested !== undefined) files.set(name, { name, ...release, ...digested });
    }
    this.#digests.retainOnly(present);
    const newest = newestOf([...files.values()]);
    return { version: newest[0]?.version, newest, files };
  }

  async #check(
    name: string,
    sums: ReadonlyMap<string, string>,
  ): Promise<Digested | undefined> {
    const expected = sums.get(name);
    if (expected === undefined) return this.#complain(name, `it is not in ${CHECKSUMS_NAME}`);
    const digested = await this.#digests.of(join(this.#folder, name));
    if (this.#stopping.signal.aborted) return undefined;
    if (digested === undefined) {
      return this.#complain(name, "it is no regular file, or was changed while it was read");
    }
    if (digested.sha256 !== expected) {
      return this.#complain(name, `its digest is another than in ${CHECKSUMS_NAME}`);
    }
    this.#complaints.delete(name);
    return digested;
  }

  #complain(file: string, reason: string): undefined {
    if (this.#complaints.get(file) === reason) return;
    this.#complaints.set(file, reason);
    this.#log.warn("{file} is not offered: {reason}", { file, reason });
  }

  async #names(): Promise<readonly string[]> {
    try {
      const entries = await Array.fromAsync(Deno.readDir(this.#folder));
      return entries.map(({ name }) => name).sort();
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.#complain(this.#folder, "the folder cannot be read");
      return [];
    }
  }

  async #readSums(): Promise<ReadonlyMap<string, string>> {
    try {
      using file = await Deno.open(join(this.#folder, CHECKSUMS_NAME));
      const buffer = new Uint8Array(MAX_SUMS_SIZE + 1);
      let size = 0;
      for (let got: number | null = 0; got !== null && size < buffer.byteLength; size += got ?? 0) {
        got = await file.read(buffer.subarray(size));
      }
      if (size <= MAX_SUMS_SIZE) {
        return parseSha256Sums(new TextDecoder().decode(buffer.subarray(0, size)));
      }
      this.#complain(CHECKSUMS_NAME, `it has more than ${MAX_SUMS_SIZE} bytes`);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.#complain(CHECKSUMS_NAME, "there is none, or it cannot be read");
    }
    return new Map();
  }
}

function newestOf(files: readonly OfferedFile[]): readonly OfferedFile[] {
  const [newest] = files.map(({ version }) => version).sort(compareVersions).slice(-1);
  const place = ({ target, kind }: OfferedFile) =>
    TARGETS.indexOf(target) * 2 + (kind === "binary" ? 0 : 1);
  return files.filter(({ version }) => version === newest).sort((a, b) => place(a) - place(b));
}
