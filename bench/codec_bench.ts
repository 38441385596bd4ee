/** The time to write and to read a single message. */
import { REPLY_HEADER } from "../shared/protocol3/message.ts";
import { decodeReply, encodeReply } from "../shared/protocol3/reply.ts";
import { encodeFileHead, encodeRequest } from "../shared/protocol3/request.ts";
import { REVISIONS } from "../shared/protocol3/revision.ts";
import { TextField } from "../shared/wire/layout.ts";
import { clientIdOf } from "../shared/wire/client_id.ts";

const REVISION = REVISIONS["2024a"];
const clientId = clientIdOf(new Uint8Array(16).fill(1));
const fileName = TextField.of("benchmark.bin");
const head = {
  ...{ kind: "file", clientId, fileName, contentSize: 1024, originalSize: 1023 } as const,
  ...{ packet: 1, packets: 1, packetSize: 1024 },
};
const verdict = { kind: "crcValid", clientId, fileName } as const;
const reply = { kind: "fileReceived", clientId, contentSize: 1024, fileName, checksum: 7 } as const;

Deno.bench("write the head of a file request", () => void encodeFileHead(REVISION, head));
Deno.bench("write a verdict", () => void encodeRequest(REVISION, verdict));
Deno.bench("write the reply to a file", () => void encodeReply(REVISION, reply));

const payload = encodeReply(REVISION, reply).subarray(REPLY_HEADER.size);
Deno.bench("read the reply to a file", () => void decodeReply(REVISION, "fileReceived", payload));
