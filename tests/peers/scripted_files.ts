import { createHash } from "node:crypto";
import { ClientError, EXIT } from "../../client/client_error.ts";
import type {
  ContentCheck,
  RemoteEntry,
  RemoteFile,
  RemoteFiles,
} from "../../client/remote/remote_files.ts";

/** What a test says of an entry: contents for a file, or where a link points to, or neither. */
export interface ScriptedEntry {
  readonly path: string;
  readonly contents?: Uint8Array;
  readonly target?: string;
  readonly modified?: number;
  readonly mode?: number;
}

/** A tree that lists and sends what a test says, however wrong that is. */
export class ScriptedFiles implements Pick<RemoteFiles, "list" | "read" | "check"> {
  /** The entries, in the order in which they are listed. */
  entries: readonly ScriptedEntry[];
  /** Each read: the path, and the first byte that was asked for. */
  readonly reads: { readonly path: string; readonly from: number }[] = [];
  /** What a read sends. Default: the contents from that byte on. */
  send: (contents: Uint8Array, from: number) => readonly Uint8Array[];

  constructor(entries: readonly ScriptedEntry[]) {
    this.entries = entries;
    this.send = (contents, from) => [contents.subarray(from)];
  }

  /** An entry as the client sees it. */
  static entry({ path, contents, target, ...facts }: ScriptedEntry): RemoteEntry {
    const base = { path: path.split("/"), ...facts };
    if (target !== undefined) return { ...base, kind: "link", target, tag: `link ${target}` };
    if (contents === undefined) return { ...base, kind: "folder" };
    return { ...base, kind: "file", size: contents.byteLength, tag: tagOf(contents) };
  }

  async *list(): AsyncGenerator<RemoteEntry> {
    for (const entry of this.entries) yield await Promise.resolve(ScriptedFiles.entry(entry));
  }

  read(file: RemoteFile, from: number): Promise<AsyncIterable<Uint8Array>> {
    const path = file.path.join("/");
    this.reads.push({ path, from });
    const contents = this.entries.find((entry) => entry.path === path)?.contents;
    if (contents === undefined) {
      const options = { reason: "file-changed", exitCode: EXIT.failed } as const;
      return Promise.reject(new ClientError(`${path} is gone`, options));
    }
    return Promise.resolve(ReadableStream.from(this.send(contents, from)));
  }

  check({ tag }: RemoteFile): Promise<ContentCheck> {
    const hash = createHash("sha256");
    return Promise.resolve({
      add: (bytes) => void hash.update(bytes),
      matches: () => hash.digest("hex") === tag,
    });
  }
}

function tagOf(contents: Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}
