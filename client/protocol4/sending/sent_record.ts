import { messageOf } from "../../../shared/text/quoted.ts";

/** Bytes beyond which the older half of the record is dropped: about 100,000 files. */
const MAX_SIZE: number = 16 * 1024 * 1024;

/** Bytes of one read when the record is only searched. */
const PIECE: number = 64 * 1024;

/** Stands for the tag of an entry that was removed. */
const REMOVED = "-";

/**
 * What this client has sent to a server: the tag of each file and link with its path, in lines of a
 * file. What it has not sent it replaces only when told to. Losing it costs questions, and no file.
 */
export class SentRecord {
  readonly #path: string;
  readonly #tell: (line: string) => void;
  #lines: string[] = [];
  /** What goes before the next lines: a run that was killed may have left half a line. */
  #before = "\n";
  #writing: Promise<void> = Promise.resolve();
  #known: Set<string> | undefined;
  #isToldOf = false;

  /** `tell` receives a line when the record cannot be written, the first time. */
  constructor(path: string, { tell }: { readonly tell: (line: string) => void }) {
    this.#path = path;
    this.#tell = tell;
  }

  /** Whether this client has sent contents with this tag to this path. */
  async has(path: readonly string[], tag: string): Promise<boolean> {
    await this.flush();
    this.#known ??= new Set(await this.#read());
    return this.#known.has(lineOf(path, tag));
  }

  /** Whether this client has sent something to this path, and has not removed it since. */
  async hasPath(path: readonly string[]): Promise<boolean> {
    await this.flush();
    const end = `${lineOf(path, "")}\n`;
    let tag: string | undefined;
    for (const lines of piecesOfLines(this.#path)) {
      const at = lines.lastIndexOf(end);
      if (at >= 0) tag = lines.slice(lines.lastIndexOf("\n", at) + 1, at);
    }
    return tag !== undefined && tag !== REMOVED;
  }

  /**
   * Notes a file before the server may have it. It is written at once, together with what comes
   * while the last lines are written: a run that is killed leaves what it sent known.
   */
  add(path: readonly string[], tag: string): void {
    this.#add(lineOf(path, tag));
  }

  /** Notes that this client has removed what was at a path. */
  removed(path: readonly string[]): void {
    this.#add(lineOf(path, REMOVED));
  }

  #add(line: string): void {
    this.#known?.add(line);
    this.#lines.push(line);
    if (this.#lines.length === 1) this.#writing = this.#writing.then(() => this.#write());
  }

  /** Resolves when all that was noted is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const added = this.#lines;
    if (added.length === 0) return;
    this.#lines = [];
    try {
      const text = `${this.#before}${added.join("\n")}\n`;
      this.#before = "";
      if (await appended(this.#path, text) > MAX_SIZE) await this.#shorten();
    } catch (error) {
      // A full disk takes half a line.
      this.#before = "\n";
      if (this.#isToldOf) return;
      this.#isToldOf = true;
      this.#tell(`What was sent could not be noted: ${messageOf(error)}`);
    }
  }

  async #read(): Promise<readonly string[]> {
    try {
      // A crash may have cut off a line; the others count.
      return new TextDecoder().decode(await Deno.readFile(this.#path)).trimEnd().split("\n");
    } catch {
      return [];
    }
  }

  async #shorten(): Promise<void> {
    const all = await this.#read();
    const newer = all.slice(Math.floor(all.length / 2));
    const draft = `${this.#path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, `${newer.join("\n")}\n`, { createNew: true, mode: 0o600 });
    await Deno.rename(draft, this.#path);
  }
}

/**
 * Appends a text to a file, and returns the size of that. `Deno.writeTextFile()` loads the module
 * for streams at its first call, which takes longer than sending a small file.
 */
async function appended(path: string, text: string): Promise<number> {
  using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  for (let rest = new TextEncoder().encode(text); rest.byteLength > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
  return (await file.stat()).size;
}

/**
 * The whole lines of a text file, some at a time; none if it cannot be read. Reading a large file
 * at once takes longer than sending a small one, mostly for new memory.
 */
function* piecesOfLines(path: string): Generator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    using file = Deno.openSync(path);
    const piece = new Uint8Array(PIECE);
    for (let read = file.readSync(piece); read !== null; read = file.readSync(piece)) {
      const text = rest + decoder.decode(piece.subarray(0, read), { stream: true });
      const end = text.lastIndexOf("\n") + 1;
      yield text.slice(0, end);
      rest = text.slice(end);
    }
  } catch {
    // Lines that were read before the error count.
  }
  // A crash may have cut off a line; the others count.
  yield `${rest}\n`;
}

function lineOf(path: readonly string[], tag: string): string {
  return `${tag} ${JSON.stringify(path.join("/"))}`;
}
