import { nameKey } from "../../shared/names/name_key.ts";

/** An entry of a `TreeModel`. */
export interface ModelEntry {
  readonly kind: "file" | "folder" | "link";
  /** The last name of its path, as first recorded. */
  readonly name: string;
  /** The contents, or the target. */
  readonly text: string;
}

/** A tree as plain as can be, to compare others with. A change that is refused returns false. */
export class TreeModel {
  /** By the key of the path. */
  readonly #entries = new Map<string, ModelEntry>();

  /** Records a file or a link, or makes a folder. */
  record(
    path: string,
    { kind, text, parents, onlyNew }: Pick<ModelEntry, "kind" | "text"> & {
      readonly parents: boolean;
      readonly onlyNew: boolean;
    },
  ): boolean {
    const key = nameKey(path);
    const old = this.#entries.get(key);
    if (old !== undefined && (onlyNew || (old.kind === "folder") !== (kind === "folder"))) {
      return false;
    }
    if (!this.#makeAbove(path, parents)) return false;
    const name = old?.name ?? path.split("/").at(-1) ?? "";
    this.#entries.set(key, { kind, name, text: kind === "folder" ? "" : text });
    return true;
  }

  /** Moves an entry with what is below it. */
  move(
    { from, to, replace, parents }: {
      readonly from: string;
      readonly to: string;
      readonly replace: boolean;
      readonly parents: boolean;
    },
  ): boolean {
    const [source, target] = [nameKey(from), nameKey(to)];
    const moved = this.#entries.get(source);
    if (moved === undefined || target.startsWith(`${source}/`)) return false;
    if (source !== target) {
      if (this.#entries.has(target) && (!replace || source.startsWith(`${target}/`))) return false;
      if (!this.#makeAbove(to, parents)) return false;
      this.remove(to, true);
    }
    const below = [...this.#entries].filter(([key]) => key.startsWith(`${source}/`));
    for (const [key] of [[source], ...below]) this.#entries.delete(key ?? "");
    this.#entries.set(target, { ...moved, name: to.split("/").at(-1) ?? "" });
    for (const [key, entry] of below) {
      this.#entries.set(target + key.slice(source.length), entry);
    }
    return true;
  }

  /** Removes an entry. */
  remove(path: string, recursive: boolean): boolean {
    const key = nameKey(path);
    const below = [...this.#entries.keys()].filter((one) => one.startsWith(`${key}/`));
    if (!this.#entries.has(key) || (below.length > 0 && !recursive)) return false;
    for (const one of [key, ...below]) this.#entries.delete(one);
    return true;
  }

  /** All entries as `kind path text`, a folder before what is in it, in the order of keys. */
  list(): readonly string[] {
    const keys = [...this.#entries.keys()].map((key) => key.split("/"));
    keys.sort((a, b) => {
      const at = a.findIndex((name, index) => name !== b[index]);
      if (at < 0) return a.length - b.length;
      return at >= b.length ? 1 : compareBytes(a[at] ?? "", b[at] ?? "");
    });
    return keys.map((names) => {
      const path = names.map((_, index) => {
        return this.#entries.get(names.slice(0, index + 1).join("/"))?.name;
      });
      const { kind, text } = this.#entries.get(names.join("/")) ?? {};
      return `${kind} ${path.join("/")} ${text}`;
    });
  }

  /** The number of entries, that of files among them, and the characters of these. */
  usage(): { readonly entries: number; readonly files: number; readonly bytes: number } {
    const entries = [...this.#entries.values()];
    const files = entries.filter(({ kind }) => kind === "file");
    const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
    return { entries: entries.length, files: files.length, bytes };
  }

  #makeAbove(path: string, parents: boolean): boolean {
    const names = path.split("/");
    const above = names.slice(1).map((_, index) => names.slice(0, index + 1).join("/"));
    const found = above.map((one) => this.#entries.get(nameKey(one)));
    if (found.some((entry) => entry !== undefined && entry.kind !== "folder")) return false;
    if (found.includes(undefined) && !parents) return false;
    for (const one of above) {
      const name = one.split("/").at(-1) ?? "";
      const key = nameKey(one);
      if (!this.#entries.has(key)) this.#entries.set(key, { kind: "folder", name, text: "" });
    }
    return true;
  }
}

function compareBytes(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}
