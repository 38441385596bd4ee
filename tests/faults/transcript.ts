import { encryptedSize } from "../../shared/protocol3/crypto/cbc.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { encodeReply } from "../../shared/protocol3/reply.ts";
import { encodeFileHead, encodeRequest } from "../../shared/protocol3/request.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import type { Direction } from "./fault_proxy.ts";
import type { Trial } from "./trial.ts";

/** Where each message of a session ends that goes well, in bytes of its direction. */
export type Transcript = Readonly<Record<Direction, readonly number[]>>;

/** Bytes of a verdict, the last thing that a client says. */
export const VERDICT_SIZE: number = sizesOfMessages().verdict;

/**
 * The transcript of a trial without its fault. The head of a packet and its content count apart.
 */
export function transcriptOf(
  { client, size, packetSize = Infinity }: Pick<Trial, "client" | "size" | "packetSize">,
): Transcript {
  const sizes = sizesOfMessages();
  const contents: number[] = [];
  for (let left = encryptedSize(size); left > 0; left -= packetSize) {
    contents.push(Math.min(left, packetSize));
  }
  const packets = contents.flatMap((content) => [sizes.fileHead, content]);
  const introduction = client === "stranger" ? [sizes.name, sizes.publicKey] : [sizes.name];
  const introduced = client === "stranger" ? [sizes.id, sizes.key] : [sizes.key];
  return {
    toServer: sums([...introduction, ...packets, sizes.verdict]),
    toClient: sums([...introduced, sizes.fileReceived, sizes.id]),
  };
}

function sizesOfMessages() {
  const revision = REVISIONS["2024a"];
  const clientId = NO_CLIENT_ID;
  const [name, fileName] = [TextField.of("a"), TextField.of("b")];
  const file = { contentSize: 16, originalSize: 1, packet: 1, packets: 1, packetSize: 16 };
  return {
    name: encodeRequest(revision, { kind: "reconnect", clientId, name }).byteLength,
    publicKey: encodeRequest(revision, {
      ...{ kind: "publicKey", clientId, name },
      publicKey: new Uint8Array(160),
    }).byteLength,
    fileHead: encodeFileHead(revision, { kind: "file", clientId, fileName, ...file }).byteLength,
    verdict: encodeRequest(revision, { kind: "crcValid", clientId, fileName }).byteLength,
    id: encodeReply(revision, { kind: "registered", clientId }).byteLength,
    key: encodeReply(revision, {
      ...{ kind: "keyAccepted", clientId },
      encryptedKey: new Uint8Array(128),
    }).byteLength,
    fileReceived: encodeReply(revision, {
      ...{ kind: "fileReceived", clientId, contentSize: 16, fileName },
      checksum: 0,
    }).byteLength,
  };
}

function sums(sizes: readonly number[]): readonly number[] {
  let sum = 0;
  return sizes.map((size) => sum += size);
}
