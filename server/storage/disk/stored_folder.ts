import { join } from "node:path";

import type { OpenContents } from "../contents/contents.ts";
import { isContentKey, RECEIVED_FILES } from "../names/location.ts";
import type { StoredContents } from "../stored.ts";
import { ContentFolder, CONTENTS } from "./contents/content_folder.ts";
import { DataFolder } from "./versions/data_folder.ts";
import { diskError } from "./disk_error.ts";
import { OpenContentFile } from "./contents/open_content_file.ts";
import { ReadSizes } from "./contents/read_sizes.ts";

/** The most paths that are yielded at a time. */
const PAGE = 500;

/** The contents in a data folder, for reading: nothing is made, locked or changed. */
export class StoredFolder implements StoredContents {
  readonly #root: string;
  readonly #named: DataFolder;
  readonly #keyed: ContentFolder;
  readonly #sizes = new ReadSizes();

  constructor(root: string) {
    this.#root = root;
    this.#named = new DataFolder(root);
    this.#keyed = new ContentFolder(root);
  }

  async open(place: string): Promise<OpenContents | undefined> {
    if (!isContentKey(place)) {
      const found = this.#named.look(place);
      return found && await OpenContentFile.open(found.path, this.#sizes);
    }
    const path = this.#keyed.path(place);
    return this.#keyed.isFile(path) ? await OpenContentFile.open(path, this.#sizes) : undefined;
  }

  async *keys(digits: string): AsyncGenerator<readonly string[]> {
    const root = join(this.#root, CONTENTS);
    for (const { name, isDirectory } of await entriesOf(root)) {
      if (!isDirectory || !/^[0-9a-f]{2}$/.test(name) || !name.startsWith(digits)) continue;
      // One of 256 folders, so that it is not too large to be read at once.
      const keys = (await entriesOf(join(root, name))).filter(({ isFile }) => isFile)
        .map((file) => `${name}${file.name}`).filter(isContentKey);
      if (keys.length > 0) yield keys;
    }
  }

  async *locations(): AsyncGenerator<readonly string[]> {
    for (const { name, isDirectory } of await entriesOf(join(this.#root, RECEIVED_FILES))) {
      if (!isDirectory || !/^[0-9a-f]{32}$/.test(name)) continue;
      let page: string[] = [];
      for await (const location of this.#below(`${RECEIVED_FILES}/${name}`)) {
        page.push(location);
        if (page.length < PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    }
  }

  async *#below(location: string): AsyncGenerator<string> {
    const folder = join(this.#root, ...location.split("/"));
    try {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        if (isDirectory) yield* this.#below(`${location}/${name}`);
        else yield `${location}/${name}`;
      }
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw diskError(error, `look into the folder ${JSON.stringify(folder)}`);
    }
  }
}

async function entriesOf(folder: string): Promise<readonly Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw diskError(error, `look into the folder ${JSON.stringify(folder)}`);
  }
}
