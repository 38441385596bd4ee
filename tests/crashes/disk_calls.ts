/** A change of the contents of a file. */
export type Change =
  /** Bytes at an offset; without one, after those of the last such change. */
  | {
    readonly kind: "write";
    readonly path: string;
    readonly at?: number;
    readonly bytes: Uint8Array;
  }
  | { readonly kind: "truncate"; readonly path: string; readonly at: number };

/** A call of a process that changes a disk, or makes a change durable, in the order of a trace. */
export type DiskCall =
  | Change
  | { readonly kind: "create" | "makeFolder" | "remove"; readonly path: string }
  | { readonly kind: "seek"; readonly path: string; readonly at: number }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  /** The file or folder as it was at `syncs` is on the disk. */
  | { readonly kind: "sync" | "syncs"; readonly path: string; readonly call: string }
  /** A line on standard output. */
  | { readonly kind: "note"; readonly text: string };

/** The flags of strace for a trace that `diskCalls()` reads; `-o` is left to the caller. */
export const TRACE_FLAGS: readonly string[] = [
  ...["-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "100000000", "-e"],
  "trace=open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fsync," +
  "fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link," +
  "linkat,lseek,fallocate,copy_file_range,sendfile",
];

/** The calls of a trace on what lies in `folder`. Throws at one that it does not know. */
export function* diskCalls(trace: string, folder: string): Iterable<DiskCall> {
  /** The beginnings of calls that have not ended, by thread. */
  const begun = new Map<string, string>();
  for (const [number, line] of trace.split("\n").entries()) {
    const [, thread = "", text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begin = /^(.*) <unfinished \.\.\.>$/.exec(text)?.[1];
    if (begin !== undefined) {
      begun.set(thread, begin);
      const path = /^f(?:data)?sync\(\d+<(.*)>$/.exec(begin)?.[1];
      if (path !== undefined) yield* within(folder, { kind: "syncs", ...sync(path, thread) });
      continue;
    }
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const call = end === undefined ? text : `${begun.get(thread)}${end}`;
    const [, name = "", given = "", result = ""] = /^(\w+)\((.*)\) += (-?\d+)/.exec(call) ?? [];
    if (name === "" || result.startsWith("-")) continue;
    // A call that was not interrupted has one line, at its end.
    for (
      const found of read({ name, given, result, call: end === undefined ? `${number}` : thread })
    ) {
      if (found.kind === "sync" && end === undefined) {
        yield* within(folder, { ...found, kind: "syncs" });
      }
      yield* within(folder, found);
    }
  }
}

function sync(path: string, call: string) {
  return { path: plain(path), call };
}

function* within(folder: string, call: DiskCall): Iterable<DiskCall> {
  if (call.kind === "note") yield call;
  // SQLite makes its index of the log again; and removed files are in no image.
  else if (call.path.startsWith(`${folder}/`) || call.path === folder) {
    if (!call.path.endsWith("-shm") && !call.path.endsWith("(deleted)")) yield call;
  }
}

/** A call of a trace, with its arguments as strace writes them. */
interface Traced {
  readonly name: string;
  readonly given: string;
  readonly result: string;
  /** What tells it from all that run at the same time. */
  readonly call: string;
}

function* read({ name, given, result, call }: Traced): Iterable<DiskCall> {
  const strings = Array.from(given.matchAll(/"([^"]*)"/g), ([, text = ""]) => text);
  const [path = "", to = ""] = strings.map(plain);
  const open = plain(/^\d+<([^>]*)>/.exec(given)?.[1] ?? "");
  const last = Number(/(\d+)$/.exec(given)?.[1]);
  switch (name) {
    case "open":
    case "openat":
    case "creat":
      if (given.includes("O_TRUNC")) yield { kind: "truncate", path, at: 0 };
      if (given.includes("O_CREAT")) yield { kind: "create", path };
      return;
    case "write": {
      const bytes = bytesOf(strings[0] ?? "").subarray(0, Number(result));
      if (given.startsWith("1<")) yield { kind: "note", text: new TextDecoder().decode(bytes) };
      else yield { kind: "write", path: open, bytes };
      return;
    }
    case "pwrite64": {
      const bytes = bytesOf(strings[0] ?? "").subarray(0, Number(result));
      return yield { kind: "write", path: open, at: last, bytes };
    }
    case "lseek":
      return yield { kind: "seek", path: open, at: Number(result) };
    case "ftruncate":
      return yield { kind: "truncate", path: open, at: last };
    case "fsync":
    case "fdatasync":
      return yield { kind: "sync", path: open, call };
    case "rename":
    case "renameat":
    case "renameat2":
      return yield { kind: "rename", path, to };
    case "unlink":
    case "unlinkat":
    case "rmdir":
      return yield { kind: "remove", path };
    case "mkdir":
    case "mkdirat":
      return yield { kind: "makeFolder", path };
    default:
      // Also if it is about another folder: a call about this one would not be noticed.
      throw new TypeError(`What ${name} does to a disk is not known here`);
  }
}

function plain(text: string): string {
  return new TextDecoder().decode(bytesOf(text));
}

/** The bytes of a string in which each is written as `\xHH`, or as itself. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  for (let at = 0; at < text.length; size++) {
    const isEscaped = text.startsWith("\\x", at);
    bytes[size] = isEscaped ? parseInt(text.slice(at + 2, at + 4), 16) : text.charCodeAt(at);
    at += isEscaped ? 4 : 1;
  }
  return bytes.subarray(0, size);
}
