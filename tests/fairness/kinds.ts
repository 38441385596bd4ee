/** What a connection can do to cost a server as much time as it can: each kind for ever. */

import { PADDING_BLOCK, REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import { PUBLIC_KEY, TestClient } from "../peers/test_client.ts";
import { BoundLink } from "./bound_link.ts";
import { clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { puts } from "./put_kind.ts";
import { records, streams, tls } from "./tls_kinds.ts";

const REVISION = REVISIONS["2024a"];
/** The file that the page offers. */
export const OFFERED = "sealpost-9.0.0-x86_64-unknown-linux-gnu";

/** Bytes that are sent in one write. */
const MUCH = 64 * 1024;

/** One attacker: where it connects to and from, and a name of its own. */
export interface Attacker {
  readonly port: number;
  /** The port of the page. */
  readonly webPort: number;
  readonly address: string;
  readonly name: string;
}

/** Opens a connection and attacks until the server ends it. */
type Kind = (attacker: Attacker) => Promise<void>;

/** A kind that sends the same bytes again and again, once its client is introduced. */
function repeats(
  bytesOf: (client: TestClient) => Promise<Uint8Array> | Uint8Array,
  { atOnce = MUCH, introduced = true } = {},
): Kind {
  return async ({ port, address, name }) => {
    using line = await BoundLink.connect(port, address);
    const client = new TestClient(line, { name });
    if (introduced) await client.introduce();
    const bytes = await bytesOf(client);
    const many = joined(new Array(Math.max(1, Math.floor(atOnce / bytes.byteLength))).fill(bytes));
    void line.ignore();
    for (;;) await line.send(many);
  };
}

/** Registrations with other names, so that each is granted. */
async function registrations({ port, address, name }: Attacker): Promise<void> {
  using line = await BoundLink.connect(port, address);
  void line.ignore();
  for (let count = 0;;) {
    const requests = Array.from({ length: 64 }, () => {
      const field = TextField.of(`${name} ${count++} ${Math.random()}`);
      return encodeRequest(REVISION, {
        kind: "register",
        clientId: NO_CLIENT_ID,
        name: field,
      });
    });
    await line.send(joined(requests));
  }
}

/** Each kind by its name. */
export const KINDS = {
  /** Valid packets with a block of content each. */
  packets: repeats(async (client) =>
    joined(await client.messages(lcg(1, 16 * 200 - 1), { packetSize: PADDING_BLOCK }))
  ),
  /** A file that is kept, and bytes behind it that are all the first one of the client's id. */
  surplus: repeats(async (client) =>
    joined([
      ...await client.messages(lcg(1, 100)),
      client.verdict("crcValid"),
      new Uint8Array(MUCH).fill(client.clientId[0] ?? 0),
    ])
  ),
  /** Registrations with names that are not UTF-8. */
  names: repeats(() =>
    encodeRequest(REVISION, {
      kind: "register",
      clientId: NO_CLIENT_ID,
      name: new TextField(new Uint8Array(255).fill(0xff, 0, 254)),
    }), { introduced: false }),
  /** Requests of an unknown client. */
  refusals: repeats(() =>
    encodeRequest(REVISION, {
      kind: "reconnect",
      clientId: clientIdOf(new Uint8Array(16).fill(7)),
      name: TextField.of("Nobody"),
    }), { introduced: false }),
  registrations,
  reconnects: repeats((client) => {
    const { clientId, name } = client;
    return encodeRequest(REVISION, { kind: "reconnect", clientId, name });
  }),
  keys: repeats((client) => {
    const { clientId, name } = client;
    return encodeRequest(REVISION, { kind: "publicKey", clientId, name, publicKey: PUBLIC_KEY });
  }),
  /** Single bytes of a file, without a pause. */
  drip: async ({ port, address, name }) => {
    using line = await BoundLink.connect(port, address);
    const client = new TestClient(line, { name });
    await client.introduce();
    const bytes = joined(await client.messages(lcg(1, 1 << 20)));
    void line.ignore();
    for (let at = 0; at < bytes.byteLength; at++) await line.send(bytes.subarray(at, at + 1));
  },
  resets: async ({ port, address }) => {
    using line = await BoundLink.connect(port, address);
    await line.send(new Uint8Array(1));
    line.reset();
  },
  /** Connections that are made and closed. */
  churn: async ({ port, address }) => {
    using _line = await BoundLink.connect(port, address);
  },
  /** A file of 200 MB. */
  bulk: async ({ port, address, name }) => {
    using line = await BoundLink.connect(port, address);
    const client = new TestClient(line, { name });
    await client.introduce();
    const size = 200_000_000;
    const head = { contentSize: size, originalSize: size - 1, packetSize: size };
    const [message = new Uint8Array(0)] = await client.messages(lcg(1, 1), { head });
    void line.ignore();
    await line.send(message.subarray(0, REQUEST_HEADER.size + 267));
    const content = new Uint8Array(1 << 20);
    for (let sent = 0; sent < size; sent += content.byteLength) await line.send(content);
  },
  /** Downloads from the page, as fast as they come. */
  downloads: async ({ webPort, address }) => {
    using line = await BoundLink.connect(webPort, address);
    const get = new TextEncoder().encode(`GET /downloads/${OFFERED} HTTP/1.1\r\nHost: a\r\n\r\n`);
    // A second one, so that there is no pause between two.
    await line.send(joined([get, get]));
    while (await line.read() !== undefined) await line.send(get);
  },
  /** Pages, as many requests as are taken, of which all answers are read. */
  pages: async ({ webPort, address }) => {
    using line = await BoundLink.connect(webPort, address);
    const get = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    void line.ignore();
    for (;;) await line.send(joined(new Array(50).fill(get)));
  },
  /** What begins like a handshake of TLS, and goes on with bytes of chance. */
  handshakes: async ({ port, address }) => {
    using line = await BoundLink.connect(port, address);
    const length = 16_000;
    const hello = lcg(Math.floor(Math.random() * 1_000), length + 5);
    hello.set([0x16, 3, 1, length >> 8, length & 0xff, 1, 0, (length - 4) >> 8, length - 4 & 0xff]);
    await line.send(hello);
    await line.ignore();
  },
  /** Whole handshakes of TLS, without a request. */
  tls,
  /** Records of TLS with a byte each. */
  records,
  /** Requests over HTTP/2, 100 at once, of which all answers are read. */
  streams: streams({ reset: false }),
  /** The same, each given up at once. */
  streamResets: streams({ reset: true }),
  /** Uploads over HTTP/2, 100 at once on each connection. */
  puts,
} as const satisfies Readonly<Record<string, Kind>>;

/** The name of a kind. */
export type KindName = keyof typeof KINDS;

/** Does one kind over one connection after the other. Never resolves. */
export async function attack(kind: KindName, attacker: Attacker): Promise<never> {
  for (let count = 0;; count++) {
    const name = `${attacker.name} ${count}`;
    await KINDS[kind]({ ...attacker, name }).catch(() => {});
    // The server may refuse it at once, again and again.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
