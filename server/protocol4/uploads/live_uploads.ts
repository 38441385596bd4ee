import type { BodyReader } from "../http/body_reader.ts";

/** The bodies that are being appended to uploads: of each upload one, the newest. */
export class LiveUploads {
  readonly #bodies = new Map<string, BodyReader>();

  /** The number of bodies. */
  get size(): number {
    return this.#bodies.size;
  }

  /** Ends the body that is being appended to an upload, if there is one. */
  end(id: string): void {
    this.#bodies.get(id)?.end();
    this.#bodies.delete(id);
  }

  /** Ends the body of an earlier request, and notes this one until the result is disposed of. */
  begin(id: string, body: BodyReader): Disposable {
    this.end(id);
    this.#bodies.set(id, body);
    return {
      [Symbol.dispose]: () => {
        if (this.#bodies.get(id) === body) this.#bodies.delete(id);
      },
    };
  }
}
