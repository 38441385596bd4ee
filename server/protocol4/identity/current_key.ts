import type { Rotation } from "../../../shared/protocol4/keys/rotation.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { ServerKey } from "./key_text.ts";
import { NONCE_TIME } from "./nonces.ts";

/** Who a server is to those who ask. */
export interface KnownKey {
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly rotation?: Rotation | undefined;
  /** The public keys that are in what clients sign. Default: the present one. */
  readonly signedFor?: readonly Uint8Array[];
}

/** The key of a server, which may change while the server runs. */
export class CurrentKey implements KnownKey {
  readonly #clock: Pick<Clock, "now">;
  #key: Pick<ServerKey, "spki" | "rotation">;
  /** The one before, and until when a client may not know better. */
  #before: { readonly spki: Uint8Array; readonly until: number } | undefined;

  constructor(key: Pick<ServerKey, "spki" | "rotation">, clock: Pick<Clock, "now">) {
    this.#key = key;
    this.#clock = clock;
  }

  get spki(): Uint8Array<ArrayBuffer> {
    return this.#key.spki;
  }

  get rotation(): Rotation | undefined {
    return this.#key.rotation;
  }

  /** Also the key before, as long as a nonce holds that was handed out under it. */
  get signedFor(): readonly Uint8Array[] {
    const { spki } = this.#key;
    const isRecent = this.#before !== undefined && this.#clock.now() <= this.#before.until;
    return this.#before !== undefined && isRecent ? [spki, this.#before.spki] : [spki];
  }

  /** Uses another key from now on. */
  change(key: Pick<ServerKey, "spki" | "rotation">): void {
    this.#before = { spki: this.#key.spki, until: this.#clock.now() + NONCE_TIME };
    this.#key = key;
  }
}
