/** The speed of the request parser, without a socket, a cipher or a disk. */
import { RequestParser } from "../shared/protocol3/parsing/request_parser.ts";
import { encodeFileHead } from "../shared/protocol3/request.ts";
import { REVISIONS } from "../shared/protocol3/revision.ts";
import { TextField } from "../shared/wire/layout.ts";
import { clientIdOf } from "../shared/wire/client_id.ts";

const KIB = 1024;
const SIZE = 16 * KIB * KIB;
const REVISION = REVISIONS["2024a"];

/** Returns all packets of a file of 16 MiB. */
function packetsOf(packetSize: number): Uint8Array {
  const packets = SIZE / packetSize;
  const heads = Array.from({ length: packets }, (_, at) =>
    encodeFileHead(REVISION, {
      kind: "file",
      clientId: clientIdOf(new Uint8Array(16).fill(1)),
      contentSize: SIZE,
      originalSize: SIZE - 1,
      packet: at + 1,
      packets,
      fileName: TextField.of("benchmark.bin"),
      packetSize,
    }));
  const step = (heads[0]?.byteLength ?? 0) + packetSize;
  const bytes = new Uint8Array(packets * step);
  for (const [at, head] of heads.entries()) bytes.set(head, at * step);
  return bytes;
}

for (const packetSize of [KIB, 32 * KIB, KIB * KIB]) {
  const bytes = packetsOf(packetSize);
  for (const readSize of [64 * KIB, 512 * KIB]) {
    Deno.bench(
      `read 16 MiB in packets of ${packetSize / KIB} KiB, ${readSize / KIB} KiB at a time`,
      () => {
        const parser = new RequestParser({ revision: "2024a", maxFileSize: SIZE });
        let content = 0;
        for (let at = 0; at < bytes.byteLength; at += readSize) {
          parser.push(bytes.subarray(at, at + readSize));
          for (let event = parser.next(); event !== undefined; event = parser.next()) {
            if (event.type === "refused") throw event.error;
            if (event.type === "content") content += event.bytes.byteLength;
          }
        }
        if (content !== SIZE) throw new Error(`${content} bytes of content were read`);
      },
    );
  }
}
