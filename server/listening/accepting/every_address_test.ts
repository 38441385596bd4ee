import { deepStrictEqual, throws } from "node:assert/strict";
import { type Listen, listenOnEveryAddress } from "./every_address.ts";

/** What a system does; the ports that other programs have there, by family. */
interface System {
  readonly families: readonly ("ipv4" | "ipv6")[];
  /** Whether a listener for IPv6 accepts IPv4 too. */
  readonly dual: boolean;
  readonly taken?: Readonly<Record<string, readonly number[]>>;
  /** What it says of a family that it lacks. */
  readonly lack?: Error;
}

const NOT_SUPPORTED = new Error("Not supported (os error 97)");

/** A system without a network: its `listen()`, and what is open. */
function systemOf({ families, dual, taken = {}, lack = NOT_SUPPORTED }: System) {
  const open = new Set<string>();
  let free = 50_000;
  const listen: Listen = ({ hostname, port: wanted }) => {
    const family = hostname === "::" ? "ipv6" : "ipv4";
    if (!families.includes(family)) throw lack;
    const port = wanted === 0 ? ++free : wanted;
    const covered = dual ? ["ipv4", "ipv6"] : [family];
    const own = covered.some((one) =>
      taken[one]?.includes(port) || open.has(`${one === "ipv6" ? "::" : "0.0.0.0"} ${port}`)
    );
    if (own) throw new Deno.errors.AddrInUse("Address already in use (os error 98)");
    const name = `${hostname} ${port}`;
    open.add(name);
    const close = () => void open.delete(name);
    const addr: Deno.NetAddr = { transport: "tcp", hostname, port };
    return { addr, close, [Symbol.dispose]: close } as Deno.TcpListener;
  };
  return { listen, open };
}

function hostsOn(system: System, port = 1256) {
  const { listen, open } = systemOf(system);
  const hosts = listenOnEveryAddress(port, { listen }).map(({ hosts }) => hosts);
  return { hosts, open: [...open].sort() };
}

const BOTH = ["ipv4", "ipv6"] as const;

Deno.test("listenOnEveryAddress() takes one listener where it serves both families", () => {
  deepStrictEqual(hostsOn({ families: BOTH, dual: true }), {
    hosts: [["0.0.0.0", "::"]],
    open: [":: 1256"],
  });
});

Deno.test("listenOnEveryAddress() opens two listeners, one for each family", () => {
  const two = { hosts: [["0.0.0.0"], ["::"]], open: ["0.0.0.0 1256", ":: 1256"] };
  deepStrictEqual(hostsOn({ families: BOTH, dual: false }), two);
  const { listen } = systemOf({ families: BOTH, dual: false });
  const ports = listenOnEveryAddress(0, { listen }).map(({ listener }) => listener.addr.port);
  deepStrictEqual(new Set(ports).size, 1);
});

Deno.test("listenOnEveryAddress() does with the family that a system has", () => {
  for (const lack of [NOT_SUPPORTED, new Deno.errors.AddrNotAvailable("EADDRNOTAVAIL")]) {
    deepStrictEqual(hostsOn({ families: ["ipv4"], dual: false, lack }), {
      hosts: [["0.0.0.0"]],
      open: ["0.0.0.0 1256"],
    });
  }
  deepStrictEqual(hostsOn({ families: ["ipv6"], dual: false }), {
    hosts: [["::"]],
    open: [":: 1256"],
  });
});

Deno.test("listenOnEveryAddress() leaves none open if one port is in use", () => {
  for (const family of BOTH) {
    for (const dual of [false, true]) {
      const { listen, open } = systemOf({ families: BOTH, dual, taken: { [family]: [1256] } });
      throws(() => listenOnEveryAddress(1256, { listen }), Deno.errors.AddrInUse);
      deepStrictEqual([...open], [], `${family}, ${dual}`);
    }
  }
});
