import { joined } from "../../../shared/wire/bytes.ts";
import type { Address } from "../../../shared/text/address.ts";
import { OpenError, openTcp } from "../../network/connecting.ts";
import type { OpenOptions } from "../connection/open_pinned.ts";

/** The versions of TLS that are asked for, by their numbers (RFC 8446, section 4.2.1). */
const VERSIONS: ReadonlyMap<number, string> = new Map([[0x0304, "1.3"], [0x0303, "1.2"]]);

/** The extension in which a server says that it has chosen 1.3. */
const SUPPORTED_VERSIONS = 43;

/** The most bytes of an answer that are read for it. */
const MOST = 16 * 1024;

/**
 * The version of TLS that a server chooses, "1.3" or "1.2", by the first message of a handshake
 * that goes no further: the runtime does not say which one it has. Undefined if the answer is none.
 */
export async function tlsVersion(
  server: Address,
  { name, timeout, clock }: OpenOptions & {
    /** The name that the server is asked for. */
    readonly name: string;
  },
): Promise<string | undefined> {
  const conn = await openTcp(server, { timeout, clock }).catch((error: unknown) => {
    if (!(error instanceof OpenError)) throw error;
    return undefined;
  });
  if (conn === undefined) return undefined;
  let late = false;
  const callOff = clock.after(timeout, () => {
    late = true;
    conn.close();
  });
  try {
    await conn.write(clientHello(name));
    let heard = new Uint8Array(0);
    const buffer = new Uint8Array(4096);
    while (heard.byteLength < MOST) {
      const size = await conn.read(buffer);
      if (size === null) return undefined;
      heard = joined(heard, buffer.subarray(0, size));
      const version = chosenVersion(heard);
      if (version !== "incomplete") return version;
    }
    return undefined;
  } catch (error) {
    // The server may close at any moment, and this side after the timeout.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    return undefined;
  } finally {
    callOff();
    if (!late) conn.close();
  }
}

/** The version in a ServerHello (RFC 8446, section 4.1.3); undefined if these are none. */
export function chosenVersion(bytes: Uint8Array): string | undefined | "incomplete" {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 5) return "incomplete";
  if (view.getUint8(0) !== 0x16) return undefined;
  const end = 5 + view.getUint16(3);
  if (bytes.byteLength < end) return "incomplete";
  try {
    if (view.getUint8(5) !== 2) return undefined;
    let version = view.getUint16(9);
    // Version, random bytes, session, cipher, compression.
    let at = 11 + 32;
    at += 1 + view.getUint8(at) + 3;
    if (at + 2 > end) return VERSIONS.get(version);
    for (at += 2; at + 4 <= end; at += 4 + view.getUint16(at + 2)) {
      if (view.getUint16(at) === SUPPORTED_VERSIONS) version = view.getUint16(at + 4);
    }
    return VERSIONS.get(version);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A ClientHello (RFC 8446, section 4.1.2) that offers 1.3 and 1.2, with nothing of the client. */
function clientHello(name: string): Uint8Array<ArrayBuffer> {
  const host = new TextEncoder().encode(name);
  const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
  const extensions = joined(
    extension(0, u16(3 + host.byteLength), Uint8Array.of(0), u16(host.byteLength), host),
    extension(10, u16(4), u16(0x001d), u16(0x0017)),
    extension(13, u16(8), u16(0x0403), u16(0x0804), u16(0x0503), u16(0x0401)),
    extension(SUPPORTED_VERSIONS, Uint8Array.of(4), u16(0x0304), u16(0x0303)),
    extension(51, u16(36), u16(0x001d), u16(32), random(32)),
  );
  const ciphers = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9].map(u16);
  const body = joined(
    ...[u16(0x0303), random(32), Uint8Array.of(32), random(32)],
    ...[u16(2 * ciphers.length), ...ciphers, Uint8Array.of(1, 0)],
    ...[u16(extensions.byteLength), extensions],
  );
  const size = body.byteLength;
  return joined(
    ...[Uint8Array.of(0x16, 3, 1), u16(size + 4), Uint8Array.of(1, size >> 16), u16(size), body],
  );
}

function extension(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const data = joined(...parts);
  return joined(u16(type), u16(data.byteLength), data);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}
