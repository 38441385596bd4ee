import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { BodyCut, BodyEnded, BodyReader } from "./body_reader.ts";
import { ReadMemory } from "./read_memory.ts";

const MIB = 1024 ** 2;

/** What a server read of one request, byte for byte over a socket. */
interface Seen {
  readonly sizes: number[];
  readonly sum: number;
  readonly error: unknown;
}

/** Serves one request, whose body is read in pieces of `most` bytes. */
async function served(
  write: (conn: Deno.TcpConn) => Promise<void>,
  { most, onRead = () => {} }: {
    readonly most?: number;
    readonly onRead?: (reader: BodyReader) => void;
  } = {},
): Promise<Seen> {
  const memory = new ReadMemory();
  const { promise, resolve } = Promise.withResolvers<Seen>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const sizes: number[] = [];
      let sum = 0;
      let error: unknown;
      {
        await using reader = new BodyReader(request.body, { memory });
        try {
          for (;;) {
            const reading = reader.read(most);
            onRead(reader);
            const bytes = await reading;
            if (bytes === undefined) break;
            sizes.push(bytes.byteLength);
            for (const byte of bytes) sum += byte;
          }
        } catch (thrown) {
          error = thrown;
        }
      }
      equal(memory.bodies, 0);
      resolve({ sizes, sum, error });
      return new Response(null, { status: 204, headers: { connection: "close" } });
    },
  );
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  try {
    await write(conn);
    return await promise;
  } finally {
    conn.close();
  }
}

const utf8 = new TextEncoder();

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await conn.write(bytes.subarray(at));
}

function request(length: number, sent: number = length): Uint8Array {
  const head = utf8.encode(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
  const bytes = new Uint8Array(head.byteLength + sent).fill(1);
  bytes.set(head);
  return bytes;
}

Deno.test("a body is read in pieces of the wanted size, and the last one is shorter", async () => {
  for (const length of [0, 1, 5, 99_999, MIB - 1, MIB, MIB + 1, 2 * MIB + 7]) {
    const { sizes, sum, error } = await served((conn) => writeAll(conn, request(length)));
    equal(error, undefined);
    equal(sum, length);
    ok(sizes.slice(0, -1).every((size) => size === MIB), `${length}: ${sizes}`);
  }
  deepEqual((await served((conn) => writeAll(conn, request(5)), { most: 2 })).sizes, [2, 2, 1]);
});

Deno.test("a body in chunks is read to its end", async () => {
  const head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const text = `${head}5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n`;
  const { sum, error } = await served((conn) => writeAll(conn, utf8.encode(text)));
  equal(error, undefined);
  equal(sum, utf8.encode("abcdefgh").reduce((a, b) => a + b));
});

Deno.test("a piece that is read ahead of stays as it was until the next one is there", async () => {
  const memory = new ReadMemory();
  const body = (size: number) => {
    let [sent, byte] = [0, 0];
    return new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (sent === size) return controller.close();
        controller.enqueue(new Uint8Array(MIB).fill(++byte));
        sent += MIB;
        if (sent === size) controller.close();
      },
    });
  };
  await using reader = new BodyReader(body(4 * MIB), { memory, ahead: true });
  equal(reader.ahead, true);
  let before = await reader.read();
  for (let byte = 1; before !== undefined; byte++) {
    const next = await reader.read();
    ok(before.byteLength === MIB && before.every((each) => each === byte), `piece ${byte}`);
    before = next;
  }
});

Deno.test("a body that is cut throws, and what came in whole pieces was read before", async () => {
  for (const sent of [0, 10, MIB + 17]) {
    const { sum, error } = await served(async (conn) => {
      await writeAll(conn, request(3 * MIB, sent));
      await conn.closeWrite();
    });
    ok(error instanceof BodyCut, String(error));
    equal(sum, Math.floor(sent / MIB) * MIB);
  }
});

Deno.test("end() ends a read that waits for bytes which do not come", async () => {
  const { error } = await served((conn) => writeAll(conn, request(MIB, 10)), {
    onRead: (reader) => reader.end(),
  });
  ok(error instanceof BodyEnded, String(error));
});

Deno.test("a body that was ended between two reads is no body that came to its end", async () => {
  const memory = new ReadMemory();
  await using reader = new BodyReader(new Blob(["abcdef"]).stream(), { memory });
  deepEqual(await reader.read(3), new TextEncoder().encode("abc"));
  reader.end();
  await rejects(reader.read(3), BodyEnded);
  await rejects(reader.read(3), BodyEnded);
});
