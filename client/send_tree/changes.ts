import { quotedPath } from "../../shared/text/quoted.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { ClientError, EXIT, localError } from "../client_error.ts";
import type { Conflict, ConflictChoice } from "../remote/conflict_asker.ts";
import type { FolderFate, FolderFates } from "../remote/folder_fates.ts";
import type { RemoteEntry, RemoteFiles } from "../remote/remote_files.ts";
import type { LocalEntry } from "../remote/local_entry.ts";
import type { Sendable } from "../remote/tree_sender.ts";

export interface ChangesOptions {
  readonly remote: Pick<RemoteFiles, "list" | "check"> & {
    /** Whether this client has sent a file or link with this tag to this path. */
    readonly sentBefore: (path: readonly string[], tag: string) => Promise<boolean>;
    /** Whether the server can be told a time. */
    readonly keepsTime: (modified: number) => boolean;
  };
  /**
   * Whether a file or link is replaced whatever it is when the new one is recorded. Without it only
   * what was seen there is, and nothing where nothing was.
   */
  readonly replacesAny: boolean;
  /** Decides about what this client has not sent before, and what cannot be replaced. */
  readonly onConflict: (conflict: Conflict) => Promise<ConflictChoice>;
  /** Called for an entry that is there already. */
  readonly onUnchanged: (entry: LocalEntry) => void;
  /** Called for an entry that is left out because another one is in its place. */
  readonly onSkipped: (entry: LocalEntry) => void;
  /** Called for an entry that cannot be sent because of what is in its place. */
  readonly onFailed: (entry: LocalEntry, error: ClientError) => void;
}

/** The most names in a folder: what a server says may have no end. */
const MOST_NAMES = 1_000_000;

/** What a folder on the server has, by the keys of names. */
type Names = Map<string, RemoteEntry>;

/**
 * What has to be sent of some entries, a folder before what is in it: not what is there with the
 * same size and time. It asks the server for one folder at a time, and keeps the lists of those
 * above the present entry only.
 */
export class Changes {
  readonly #options: ChangesOptions;
  /** The folders above the present entry, the root first. */
  #chain: { readonly path: readonly string[]; readonly names: Names }[] = [];

  readonly #originals = new WeakMap<LocalEntry, LocalEntry>();
  /** Of folders, once something else had the place of one. */
  #fates: FolderFates | undefined;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** What to send for an entry; undefined if nothing. Throws a `ClientError`. */
  async of(wanted: LocalEntry): Promise<Sendable | undefined> {
    const { onUnchanged, onSkipped, onFailed } = this.#options;
    const fate = this.#fates?.of(wanted.to);
    if (fate?.kind === "skipped") return void onSkipped(wanted);
    if (fate?.kind === "failed") return void onFailed(wanted, fate.error);
    const entry = fate === undefined ? wanted : this.#moved(wanted, fate.to);
    const names = await this.#namesIn(entry.to.slice(0, -1));
    const name = entry.to.at(-1) ?? "";
    const there = names.get(nameKey(name));
    if (there === undefined) {
      names.set(nameKey(name), underWay(entry.to));
      return { entry, ...this.#condition("none") };
    }
    if (await this.#isSame(entry, there)) return void onUnchanged(entry);
    if (entry.kind === "folder" && there.kind === "folder") return { entry };
    return await this.#changed(entry, { there, names });
  }

  /** To be called before entries are decided again: what the server has may have changed. */
  again(): void {
    this.#chain = [];
  }

  /** The entry that was to be sent, for one that `of()` returned, perhaps by another name. */
  original(entry: LocalEntry): LocalEntry {
    return this.#originals.get(entry) ?? entry;
  }

  /**
   * Whether an entry is there as it is here: by what can be seen without reading it, or, where its
   * time cannot be told, by its contents.
   */
  async #isSame(entry: LocalEntry, there: RemoteEntry): Promise<boolean> {
    if (entry.kind === "link") return there.kind === "link" && there.target === entry.target;
    if (entry.kind !== there.kind) return false;
    if (entry.mode !== undefined && entry.mode !== there.mode) return false;
    const { remote } = this.#options;
    if (remote.keepsTime(entry.modified)) {
      return there.modified === entry.modified &&
        (there.kind !== "file" || there.size === sizeOf(entry));
    }
    if (there.modified !== undefined) return false;
    return entry.kind === "folder" || await hasSameContents(entry, there, remote);
  }

  #condition(replaces: string): Pick<Sendable, "replaces"> {
    return this.#options.replacesAny ? {} : { replaces };
  }

  async #changed(
    entry: LocalEntry,
    { there, names }: { readonly there: RemoteEntry; readonly names: Names },
  ): Promise<Sendable | undefined> {
    const { remote, onConflict, onSkipped, onFailed } = this.#options;
    const path = entry.to.join("/");
    const tag = entry.kind === "folder" || there.kind === "folder" ? undefined : there.tag;
    const mayReplace = tag !== undefined;
    // A file with the same contents replaces none: the time and permissions alone are set.
    const losesNothing = mayReplace && (await remote.sentBefore(there.path, tag) ||
      await hasSameContents(entry, there, remote));
    const choice = losesNothing
      ? "replace"
      : await onConflict({ path, there: there.kind, mayReplace });
    if (choice === "replace" && mayReplace) return { entry, ...this.#condition(tag) };
    if (choice === "skip") {
      await this.#decide(entry, { kind: "skipped" });
      return void onSkipped(entry);
    }
    if (choice === "rename") {
      const other = this.#moved(entry, await freePath(entry.to, names));
      await this.#decide(entry, { kind: "moved", to: other.to });
      return { entry: other, replaces: "none" };
    }
    const error = conflict(entry, { there: there.kind, mayReplace });
    await this.#decide(entry, { kind: "failed", error });
    return void onFailed(entry, error);
  }

  /** Notes what becomes of all that is in an entry, if that is a folder. */
  async #decide(entry: LocalEntry, fate: FolderFate): Promise<void> {
    if (entry.kind !== "folder") return;
    this.#fates ??= new (await import("../remote/folder_fates.ts")).FolderFates();
    this.#fates.decide(this.original(entry).to, fate);
  }

  /** The entry with another path, which is sent instead. */
  #moved(entry: LocalEntry, to: readonly string[]): LocalEntry {
    const other = { ...entry, to };
    this.#originals.set(other, this.original(entry));
    return other;
  }

  /** What the folder at a path has; nothing if it is not there. */
  async #namesIn(path: readonly string[]): Promise<Names> {
    const depth = this.#chain.findLastIndex((folder) =>
      folder.path.length <= path.length && folder.path.every((name, at) => name === path[at])
    );
    this.#chain.length = depth + 1;
    let above = this.#chain.at(-1);
    if (above === undefined) above = await this.#enter([], { isThere: true });
    while (above.path.length < path.length) {
      const name = path[above.path.length] ?? "";
      const isThere = above.names.get(nameKey(name))?.kind === "folder";
      above = await this.#enter([...above.path, name], { isThere });
    }
    return above.names;
  }

  async #enter(path: readonly string[], { isThere }: { readonly isThere: boolean }) {
    const names: Names = new Map();
    if (isThere) {
      for await (const entry of this.#options.remote.list(path, { recursive: false })) {
        if (names.size >= MOST_NAMES) throw tooMany(path);
        names.set(nameKey(entry.path.at(-1) ?? ""), entry);
      }
    }
    const folder = { path, names };
    this.#chain.push(folder);
    return folder;
  }
}

function tooMany(path: readonly string[]): ClientError {
  return new ClientError(
    `The server lists more than ${MOST_NAMES} entries in ${quotedPath(path.join("/"))}`,
    { reason: "server-error", exitCode: EXIT.failed },
  );
}

async function hasSameContents(
  entry: LocalEntry,
  there: RemoteEntry,
  remote: Pick<RemoteFiles, "check">,
): Promise<boolean> {
  if (entry.kind !== "file" || there.kind !== "file" || entry.size !== there.size) return false;
  const { hasContents } = await import("../remote/has_contents.ts");
  return await hasContents(entry.path, there, remote);
}

function sizeOf(entry: LocalEntry): number {
  return entry.kind === "file" ? entry.size : 0;
}

/** What this run sends to a path, as something there: another of its entries would replace it. */
function underWay(path: readonly string[]): RemoteEntry {
  return { kind: "file", path, size: 0, tag: "" };
}

/** The path with the first number behind its name that is free; it is not from then on. */
async function freePath(path: readonly string[], names: Names): Promise<readonly string[]> {
  const { FIRST_NUMBER, numberedName } = await import("../../shared/names/numbered_name.ts");
  for (let number = FIRST_NUMBER;; number++) {
    const name = numberedName(path.at(-1) ?? "", { number, longest: 255 });
    if (names.has(nameKey(name))) continue;
    const free = [...path.slice(0, -1), name];
    names.set(nameKey(name), underWay(free));
    return free;
  }
}

function conflict(
  { to, kind }: LocalEntry,
  { there, mayReplace }: Pick<Conflict, "there" | "mayReplace">,
): ClientError {
  const path = quotedPath(to.join("/"));
  return localError(
    "name-conflict",
    mayReplace
      ? `${path} on the server was not sent from here; say what to do with --on-conflict ` +
        "(replace, skip or rename)"
      : `${path} is a ${there} on the server, and a ${kind} here; remove or rename one of them, ` +
        "or say --on-conflict skip or rename",
  );
}
