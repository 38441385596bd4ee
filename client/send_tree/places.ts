import { nameKey } from "../../shared/names/name_key.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, localError } from "../client_error.ts";

/** As in `numbered_name.ts`, which is loaded for names that get numbers only. */
const FIRST_NUMBER = 2;

/** Bytes of UTF-8 that a name has on a server of protocol 4, at most. */
const LONGEST = 255;

/** Gives a name a number, as `numberedName()` does. */
type Numbered = (
  name: string,
  options: { readonly number: number; readonly longest: number },
) => string;

/** What becomes of an entry whose place in a folder is another's. Default: it is refused. */
export interface PlacesOptions {
  /** Gives a name a number, where such entries go under numbers. */
  readonly numbered?: Numbered | undefined;
}

/**
 * The places that entries of one command have in one folder on the server, by its own rule of what
 * is one name (decisions 0030 and 0031): the second of two would replace the first.
 */
export class Places {
  readonly #numbered: Numbered | undefined;
  /** Local paths by the keys of their names on the server. */
  readonly #paths = new Map<string, string>();

  constructor({ numbered }: PlacesOptions = {}) {
    this.#numbered = numbered;
  }

  /**
   * The name in Unicode form C under which the entry at `path` goes. Returns a `ClientError`,
   * `name-conflict`, if that is another's, and undefined if the entry has a place already.
   */
  of(name: string, path: string): string | ClientError | undefined {
    const wanted = name.normalize("NFC");
    const other = this.#paths.get(nameKey(wanted));
    if (other === undefined) return this.#assign(wanted, path);
    if (path === other) return undefined;
    if (this.#numbered === undefined) return conflict(path, other);
    for (let number = FIRST_NUMBER;; number++) {
      const free = this.#numbered(wanted, { number, longest: LONGEST });
      if (!this.#paths.has(nameKey(free))) return this.#assign(free, path);
    }
  }

  /** Whether the file that a path leads to, through links too, has the place of that name. */
  isOf(name: string, path: string): boolean {
    const other = this.#paths.get(nameKey(name.normalize("NFC")));
    if (other === undefined) return false;
    try {
      return Deno.realPathSync(path) === Deno.realPathSync(other);
    } catch {
      // What cannot be read is reported when it is sent.
      return false;
    }
  }

  /** The places in a folder of this one. */
  below(): Places {
    return new Places({ numbered: this.#numbered });
  }

  #assign(name: string, path: string): string {
    this.#paths.set(nameKey(name), path);
    return name;
  }
}

function conflict(path: string, other: string): ClientError {
  return localError(
    "name-conflict",
    `${quotedPath(path)} and ${quotedPath(other)} would be one on the server; send one of them ` +
      "under another name, or both with --on-conflict rename",
  );
}
