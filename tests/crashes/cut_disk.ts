import { dirname, join } from "node:path";
import type { SeededRandom } from "../chance/seeded_random.ts";
import type { Change, DiskCall } from "./disk_calls.ts";

/** The system writes files in pages of so many bytes, in any order. */
const PAGE = 4_096;

interface File {
  /** What is on the disk for sure. */
  synced: Uint8Array;
  /** What was changed since, in its order. */
  changes: readonly Change[];
  /** Where the next bytes without an offset go. */
  at: number;
}

interface Folder {
  /** What is on the disk for sure. */
  synced: ReadonlyMap<string, Node>;
  /** All that it was since, the last is what it is. */
  later: readonly ReadonlyMap<string, Node>[];
}

type Node = File | Folder;

/** What a folder has, by name: files and folders. */
export type Image = ReadonlyMap<string, Uint8Array | Image>;

/**
 * A folder of a disk, as its calls leave it, and as it would be found had the power failed. Knows
 * what POSIX promises and no more: of a file what it had when a sync of it began, and of a folder
 * the names that it had then.
 */
export class CutDisk {
  readonly #path: string;
  readonly #root: Folder = folder();
  /** What syncs that run will have made durable. */
  readonly #syncs = new Map<string, () => void>();

  /** `path` is that of a folder which is empty, and durable itself. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Does what a call did. */
  apply(call: Exclude<DiskCall, { kind: "note" }>): void {
    switch (call.kind) {
      case "create":
        return this.#lookUp(call.path) ? undefined : this.#put(call.path, file());
      case "makeFolder":
        return this.#put(call.path, folder());
      case "remove":
        return this.#put(call.path, undefined);
      case "rename": {
        const moved = this.#lookUp(call.path);
        this.#put(call.to, moved);
        return this.#put(call.path, undefined);
      }
      case "seek": {
        const node = this.#lookUp(call.path);
        if (node !== undefined && "changes" in node) node.at = call.at;
        return;
      }
      case "write":
      case "truncate": {
        const node = this.#lookUp(call.path);
        if (node === undefined || !("changes" in node)) return;
        const at = call.at ?? node.at;
        node.changes = [...node.changes, ...pagesOf({ ...call, at })];
        if (call.kind === "write" && call.at === undefined) node.at += call.bytes.length;
        return;
      }
      case "syncs":
        this.#syncs.set(call.call, this.#begin(this.#lookUp(call.path)));
        return;
      case "sync":
        this.#syncs.get(call.call)?.();
        this.#syncs.delete(call.call);
    }
  }

  /**
   * Returns what is found after the power failed: what was synced alone, or with whatever else of
   * the changes chance lets reach the disk.
   */
  image(chance?: SeededRandom): Image {
    return imageOf(this.#root, chance);
  }

  #begin(node: Node | undefined): () => void {
    if (node === undefined) return () => {};
    if ("changes" in node) {
      const { changes } = node;
      const bytes = changed(node.synced, changes);
      return () => {
        node.synced = bytes;
        node.changes = node.changes.filter((change) => !changes.includes(change));
      };
    }
    const { later } = node;
    return () => {
      node.synced = later.at(-1) ?? node.synced;
      node.later = node.later.filter((state) => !later.includes(state));
    };
  }

  #lookUp(path: string): Node | undefined {
    if (path === this.#path) return this.#root;
    const above = this.#lookUp(dirname(path));
    return above && "later" in above ? namesIn(above).get(path) : undefined;
  }

  #put(path: string, node: Node | undefined): void {
    const above = this.#lookUp(dirname(path));
    if (above === undefined || !("later" in above)) throw new TypeError(`No folder for ${path}`);
    const names = new Map(namesIn(above));
    if (node === undefined) names.delete(path);
    else names.set(path, node);
    above.later = [...above.later, names];
  }
}

function file(): File {
  return { synced: new Uint8Array(), changes: [], at: 0 };
}

function folder(): Folder {
  return { synced: new Map(), later: [] };
}

function namesIn({ synced, later }: Folder): ReadonlyMap<string, Node> {
  return later.at(-1) ?? synced;
}

function* pagesOf(change: Change & { readonly at: number }): Iterable<Change> {
  if (change.kind === "truncate") return yield change;
  const { path, bytes } = change;
  for (let from = 0; from < bytes.length;) {
    const at = change.at + from;
    const to = Math.min(bytes.length, from + PAGE - at % PAGE);
    yield { kind: "write", path, at, bytes: bytes.subarray(from, to) };
    from = to;
  }
}

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let size = bytes.length;
  let most = size;
  for (const change of changes) {
    const { at = 0 } = change;
    size = change.kind === "truncate" ? at : Math.max(size, at + change.bytes.length);
    most = Math.max(most, size);
  }
  const result = new Uint8Array(most);
  result.set(bytes);
  for (const { at = 0, ...change } of changes) {
    if (change.kind === "write") result.set(change.bytes, at);
    else result.fill(0, at);
  }
  return result.subarray(0, size);
}

function imageOf({ synced, later }: Folder, chance?: SeededRandom): Image {
  const states = [synced, ...later];
  const found = new Map<string, Uint8Array | Image>();
  for (const [path, node] of states[chance?.below(states.length) ?? 0] ?? synced) {
    const name = path.slice(dirname(path).length + 1);
    if ("later" in node) {
      found.set(name, imageOf(node, chance));
    } else {
      const changes = node.changes.filter(() => chance !== undefined && chance.below(2) === 1);
      found.set(name, changed(node.synced, changes));
    }
  }
  return found;
}

/** Writes an image into an empty folder. */
export async function writeImage(folder: string, image: Image): Promise<void> {
  for (const [name, found] of image) {
    const path = join(folder, name);
    if (found instanceof Uint8Array) {
      await Deno.writeFile(path, found, { mode: 0o600 });
    } else {
      await Deno.mkdir(path, { mode: 0o700 });
      await writeImage(path, found);
    }
  }
}
