import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { pausesOnly, TestClock } from "../../../tests/peers/test_clock.ts";
import { type PeerConn, peerKey, TlsPeer } from "../../../tests/peers/tls_peer.ts";
import { ClientError } from "../../client_error.ts";
import { type LinkOptions, ServerLink } from "./server_link.ts";

const key = await peerKey();
const GET = { method: "GET", path: "/" };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

type Script = (peer: PeerConn) => Promise<void>;

/** Has the connections of a link play scripts, in their order. */
async function withLink(
  scripts: readonly Script[],
  act: (link: ServerLink, peer: TlsPeer, clock: TestClock) => Promise<void>,
  options: Partial<LinkOptions> = {},
): Promise<void> {
  await using peer = await TlsPeer.start(key, ...scripts);
  const clock = new TestClock({ skips: pausesOnly });
  const link = new ServerLink({ ...peer.address, spki: key.spki }, {
    ...{ timeout: 20_000, retries: 3, retryTime: 0, clock, tell: () => {} },
    ...options,
  });
  try {
    await act(link, peer, clock);
  } finally {
    link.close();
  }
}

/** Answers so many requests, and closes. */
function answers(count: number, answer = OK): Script {
  return async ({ until, say }) => {
    for (let left = count; left > 0; left--) {
      await until("\r\n\r\n");
      await say(answer);
    }
  };
}

async function text(link: ServerLink, request: Parameters<ServerLink["request"]>[0] = GET) {
  const { status, body } = await link.request(request);
  return `${status} ${new TextDecoder().decode(await body.bytes())}`;
}

async function reasonOf(acting: Promise<unknown>): Promise<string> {
  const error = await acting.then(() => undefined, (error: unknown) => error);
  ok(error instanceof ClientError, String(error));
  return error.reason;
}

Deno.test("Requests one after the other take one connection, and at a time one each", async () => {
  await withLink([answers(99)], async (link, peer) => {
    for (let left = 5; left > 0; left--) strictEqual(await text(link), "200 ok");
    strictEqual(peer.connections, 1);
    const all = await Promise.all([1, 2, 3].map(() => text(link)));
    deepStrictEqual(all, ["200 ok", "200 ok", "200 ok"]);
    strictEqual(peer.connections, 3);
    await Promise.all([1, 2, 3].map(() => text(link)));
    strictEqual(peer.connections, 3);
  });
});

Deno.test("A request on a connection closed while idle is sent again at once", async () => {
  await withLink([answers(1), answers(1)], async (link, peer, clock) => {
    strictEqual(await text(link), "200 ok");
    strictEqual(await text(link), "200 ok");
    strictEqual(peer.connections, 2);
    deepStrictEqual(clock.waits.filter((wait) => wait < 4000 && wait !== 2000), []);
  });
});

Deno.test("A loss is repeated with pauses, as often as there are retries, and told", async () => {
  const told: string[] = [];
  const lost: Script = async ({ until }) => void await until("\r\n\r\n");
  const body = () => {
    made++;
    return { size: undefined, pieces: ReadableStream.from([new Uint8Array(3)]) };
  };
  let made = 0;
  await withLink([lost, lost, lost, answers(1)], async (link, _, clock) => {
    strictEqual(await text(link, { method: "POST", path: "/", body }), "200 ok");
    strictEqual(made, 4);
    deepStrictEqual(clock.waits.filter((wait) => [250, 500, 1000].includes(wait)), [
      250,
      500,
      1000,
    ]);
    strictEqual(told.length, 3);
  }, { tell: (line) => told.push(line) });
  await withLink([lost], async (link, peer) => {
    strictEqual(await reasonOf(text(link)), "connection-lost");
    strictEqual(peer.connections, 4);
  });
});

Deno.test("A short answer that is cut anywhere is a loss of its request", async () => {
  for (let size = 1; size < OK.length; size++) {
    const cut = answers(1, OK.slice(0, size));
    await withLink([cut, answers(1), cut, cut, cut, cut], async (link, peer) => {
      strictEqual(await text(link), "200 ok", `cut after ${size} bytes`);
      strictEqual(peer.connections, 2);
    });
  }
  const half = answers(1, OK.slice(0, -1));
  await withLink([half], async (link, peer) => {
    strictEqual(await reasonOf(text(link)), "connection-lost");
    strictEqual(peer.connections, 4);
  });
  // A caller that reads the answer as it comes has what came before.
  await withLink([half], async (link, peer) => {
    const { body } = await link.request({ ...GET, streams: true });
    const target = new Uint8Array(9);
    strictEqual(await body.read(target), 1);
    strictEqual(await reasonOf(body.read(target)), "connection-lost");
    strictEqual(peer.connections, 1);
  });
});

Deno.test("A server that has answered is waited for after a loss, another one is not", async () => {
  const lost: Script = async ({ until }) => void await until("\r\n\r\n");
  const options = { retries: 0, retryTime: 90_000 };
  await withLink([answers(1), lost, lost, lost, answers(1)], async (link) => {
    strictEqual(await text(link), "200 ok");
    strictEqual(await text(link), "200 ok");
  }, options);
  await withLink([lost, answers(1)], async (link) => {
    strictEqual(await reasonOf(text(link)), "connection-lost");
  }, options);
});

Deno.test("A handshake that ends is a loss, of a server that has answered before", async () => {
  // What a proxy does that has no server behind it.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using peer = await TlsPeer.start(key, answers(1));
  let served = 0;
  const serving = (async () => {
    const open: Deno.Conn[] = [];
    for await (const conn of listener) {
      const number = served++;
      if (number === 1 || number === 2) {
        conn.close();
        continue;
      }
      const { host: hostname, port } = peer.address;
      const inner = await Deno.connect({ hostname, port });
      open.push(conn, inner);
      void conn.readable.pipeTo(inner.writable).catch(() => {});
      void inner.readable.pipeTo(conn.writable).catch(() => {});
    }
    return open;
  })();
  const { port } = listener.addr;
  const link = new ServerLink({ host: "127.0.0.1", port, spki: key.spki }, {
    ...{ timeout: 20_000, retries: 0, retryTime: 90_000, tell: () => {} },
    clock: new TestClock({ skips: pausesOnly }),
  });
  strictEqual(await text(link), "200 ok");
  strictEqual(await text(link), "200 ok");
  strictEqual(served, 4);
  link.close();
  listener.close();
  for (const conn of await serving) {
    try {
      conn.close();
    } catch {
      // It was closed with its streams.
    }
  }
});

Deno.test("A wait for a server is told from the second failure on, and so is its end", async () => {
  const lost: Script = async ({ until }) => void await until("\r\n\r\n");
  const told: (string | undefined)[] = [];
  const onWaiting: LinkOptions["onWaiting"] = (wait) =>
    void told.push(wait && `${wait.reason}, ${wait.waited > 0}, ${wait.left < 90_000}`);
  const options = { retries: 0, retryTime: 90_000, onWaiting };
  await withLink([answers(1), lost, answers(1), lost, lost, lost, answers(1)], async (link) => {
    // The first loss is of a connection that was idle; then one is lost alone.
    for (let left = 3; left > 0; left--) strictEqual(await text(link), "200 ok");
  }, options);
  deepStrictEqual(told, [...Array(2).fill("connection-lost, true, true"), undefined]);
});

Deno.test("A server that is given up is not told to answer again", async () => {
  const lost: Script = async ({ until }) => void await until("\r\n\r\n");
  const told: (number | undefined)[] = [];
  const onWaiting: LinkOptions["onWaiting"] = (wait) => void told.push(wait?.left);
  for (const retryTime of [0, 2_000]) {
    await withLink([answers(1), ...Array(40).fill(lost)], async (link) => {
      strictEqual(await text(link), "200 ok");
      strictEqual(await reasonOf(text(link)), "connection-lost");
    }, { retryTime, onWaiting });
    strictEqual(told.length > 0, retryTime > 0);
  }
  ok(told.every((left) => left !== undefined && left > 0), JSON.stringify(told));
});

Deno.test("A stream that cannot be made again is sent once", async () => {
  const lost: Script = async ({ until }) => void await until("\r\n\r\n");
  await withLink([answers(1), lost], async (link, peer) => {
    strictEqual(await text(link), "200 ok");
    const body = { size: 3, pieces: ReadableStream.from([new Uint8Array(3)]) };
    strictEqual(await reasonOf(text(link, { method: "PUT", path: "/", body })), "connection-lost");
    strictEqual(peer.connections, 2);
  });
});

Deno.test("A busy server is asked again after the pause that it wants, within bounds", async () => {
  const busy = (after: string) =>
    `HTTP/1.1 503 Busy\r\nRetry-After: ${after}\r\nContent-Length: 0\r\n\r\n`;
  const clock = new TestClock({ skips: (milliseconds) => milliseconds !== 20_000 });
  await withLink([async ({ until, say, rest }) => {
    for (const answer of [busy("7"), busy("99999"), busy("soon"), busy("1")]) {
      await until("\r\n\r\n");
      await say(answer);
    }
    await rest();
  }], async (link) => {
    strictEqual(await text(link), "503 ");
    deepStrictEqual(
      clock.waits.filter((wait) => wait !== 20_000 && wait !== 2_000),
      [7_000, 60_000, 1_000],
    );
  }, { clock });
});

Deno.test("Another key is refused at once, unless it was properly changed", async () => {
  const known = await peerKey();
  await using peer = await TlsPeer.start(key, answers(1));
  const clock = new TestClock({ skips: pausesOnly });
  const options = { timeout: 20_000, retries: 3, retryTime: 0, clock, tell: () => {} };
  const server = { ...peer.address, spki: known.spki };
  const link = new ServerLink(server, options);
  strictEqual(await reasonOf(text(link)), "server-key-mismatch");
  strictEqual(peer.connections, 1);
  link.close();
  let asked = 0;
  const following = new ServerLink(server, {
    ...options,
    changedKey: () => Promise.resolve((asked++, key.spki)),
  });
  strictEqual(await text(following), "200 ok");
  deepStrictEqual(following.server.spki, key.spki);
  strictEqual(asked, 1);
  following.close();
});

Deno.test("A link that was closed sends nothing, and ends what is under way", async () => {
  await withLink([async ({ rest }) => void await rest()], async (link, peer) => {
    const asking = reasonOf(text(link));
    while (peer.received === 0) await Promise.race([asking, Promise.resolve()]).then(turn);
    link.close();
    strictEqual(await asking, "connection-lost");
    await rejects(text(link), /closed/);
    strictEqual(peer.connections, 1);
  });
});

/** Lets what is under way go on. */
async function turn(): Promise<void> {
  await Deno.stat(".");
}
