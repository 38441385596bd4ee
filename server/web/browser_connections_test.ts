import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EventEmitter } from "node:events";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { SILENT } from "../../tests/peers/test_services.ts";
import { Counters } from "../observe/counters.ts";
import { limitBrowsers } from "./browser_connections.ts";

/** A server that browsers of any address connect to, one connection after the other. */
class Visited {
  readonly clock = new TestClock();
  readonly counters = new Counters();
  readonly #server = new EventEmitter();
  readonly #open: BrowserSocket[] = [];

  constructor(limits: { readonly connections: number; readonly connectionsPerAddress: number }) {
    const { clock, counters } = this;
    limitBrowsers(this.#server, limits, { log: SILENT, counters, clock });
  }

  connect(address: string): BrowserSocket {
    const socket = new BrowserSocket(address);
    this.#open.push(socket);
    this.#server.emit("connection", socket);
    return socket;
  }

  /** The addresses of the connections that are open. */
  get open(): readonly string[] {
    return this.#open.filter(({ closed }) => !closed).map(({ remoteAddress }) => remoteAddress);
  }
}

/** The parts of a socket that count. */
class BrowserSocket extends EventEmitter {
  bytesWritten = 0;
  closed = false;
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.closed = true;
    this.emit("close");
  }
}

Deno.test("limitBrowsers() counts a network of IPv6 as one address, and exempts its own", () => {
  const visited = new Visited({ connections: 100, connectionsPerAddress: 2 });
  for (const host of [1, 2, 3, 4]) visited.connect(`2001:db8::${host}`);
  for (let time = 0; time < 3; time++) visited.connect("::ffff:127.0.0.1");
  visited.connect("2001:db8:0:1::1");
  deepStrictEqual(visited.open, [
    ...["2001:db8::1", "2001:db8::2"],
    ...new Array<string>(3).fill("::ffff:127.0.0.1"),
    "2001:db8:0:1::1",
  ]);
  strictEqual(visited.counters.value("web-refused.too-many-from-address"), 2);
});

Deno.test("limitBrowsers() counts a connection that made room once, when it closes", () => {
  const visited = new Visited({ connections: 3, connectionsPerAddress: 2 });
  for (const host of [1, 1, 2]) visited.connect(`192.0.2.${host}`);
  visited.connect("192.0.2.3").destroy();
  deepStrictEqual(visited.open, ["192.0.2.1", "192.0.2.2"]);
  for (let time = 0; time < 2; time++) visited.connect("192.0.2.1");
  deepStrictEqual(visited.open, ["192.0.2.1", "192.0.2.2", "192.0.2.1"]);
  deepStrictEqual(visited.counters.snapshot(), {
    "web-refused.browser-evicted": 1,
    "web-refused.too-many-from-address": 1,
  });
});

Deno.test("limitBrowsers() leaves the one that receives most, among equal ones", () => {
  const visited = new Visited({ connections: 3, connectionsPerAddress: 3 });
  const [large, small] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((from) => {
    return visited.connect(from);
  });
  visited.clock.advance(1_000);
  if (large !== undefined) large.bytesWritten = 1_000_000;
  if (small !== undefined) small.bytesWritten = 1_000;
  visited.connect("192.0.2.4");
  visited.clock.advance(1_000);
  visited.connect("192.0.2.5");
  deepStrictEqual(visited.open, ["192.0.2.1", "192.0.2.2", "192.0.2.5"]);
});
