/** Bytes of the head of a record of TLS: type, version and length. */
const RECORD_HEAD = 5;

/** Maximum bytes in a record (RFC 8446, section 5.1). */
const MOST_IN_RECORD = 16 * 1024;

/** The types of the extension with the name, and of a name in it (RFC 6066, section 3). */
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** Reads fields of a ClientHello, one after the other; throws a `RangeError` beyond its end. */
class Fields {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  u8(): number {
    return this.#view.getUint8(this.#at++);
  }

  u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2);
  }

  /** The next `count` bytes. */
  bytes(count: number): Uint8Array {
    if (count > this.left) throw new RangeError("There are fewer bytes");
    const { buffer, byteOffset } = this.#view;
    this.#at += count;
    return new Uint8Array(buffer, byteOffset + this.#at - count, count);
  }
}

/**
 * Returns the name of the server that a ClientHello asks for, in lower case: an empty text if it
 * names none, or is not well formed. Returns undefined while more bytes of it are needed; no more
 * than 16 KiB and five are. The bytes have to be TLS, by `spokenBy()`.
 */
export function serverNameOf(firstBytes: Uint8Array): string | undefined {
  const [, , , high = 0, low = 0] = firstBytes;
  const length = high << 8 | low;
  if (length > MOST_IN_RECORD) return "";
  if (firstBytes.byteLength < RECORD_HEAD + length) return undefined;
  try {
    return nameIn(new Fields(firstBytes.subarray(RECORD_HEAD, RECORD_HEAD + length)));
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}

function nameIn(hello: Fields): string {
  // Type and length of the message, version and random bytes.
  hello.skip(4 + 2 + 32);
  // The session, cipher suites and compression methods.
  hello.skip(hello.u8());
  hello.skip(hello.u16());
  hello.skip(hello.u8());
  const extensions = new Fields(hello.bytes(hello.u16()));
  while (extensions.left > 0) {
    const type = extensions.u16();
    const value = extensions.bytes(extensions.u16());
    if (type !== SERVER_NAME) continue;
    const names = new Fields(value);
    const list = new Fields(names.bytes(names.u16()));
    if (list.u8() !== HOST_NAME) return "";
    return new TextDecoder("latin1").decode(list.bytes(list.u16())).toLowerCase();
  }
  return "";
}
