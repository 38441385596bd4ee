import { strictEqual } from "node:assert/strict";
import { Registrations } from "./registrations.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ADDRESS = "192.0.2.1";
const CLIENT = clientIdOf(new Uint8Array(16).fill(1));

/** Registrations by a clock that a test sets, with Alice registered over `connection`. */
function registered(address = ADDRESS) {
  const clock = { now: 1_000 };
  const registrations = new Registrations({ now: () => clock.now });
  const connection = {};
  registrations.add("Alice", { clientId: CLIENT, address, connection });
  return { clock, registrations, connection };
}

Deno.test("a registration is abandoned 10 s after its connection ended", () => {
  const { clock, registrations, connection } = registered();
  clock.now += 60_000;
  strictEqual(registrations.abandoned("Alice", ADDRESS), undefined);
  registrations.ended(connection, ["Alice"]);
  clock.now += 9_999;
  strictEqual(registrations.abandoned("Alice", ADDRESS), undefined);
  registrations.ended(connection, ["Alice"]);
  clock.now += 1;
  strictEqual(registrations.abandoned("Alice", ADDRESS), CLIENT);
});

Deno.test("a registration is abandoned for the address that it came from, and for no other", () => {
  const { clock, registrations, connection } = registered("2001:db8::1");
  registrations.ended(connection, ["Alice"]);
  clock.now += 10_000;
  strictEqual(registrations.abandoned("Alice", "2001:db8:0:1::1"), undefined);
  strictEqual(registrations.abandoned("Alice", "192.0.2.1"), undefined);
  strictEqual(registrations.abandoned("Bob", "2001:db8::1"), undefined);
  strictEqual(registrations.abandoned("Alice", "2001:db8::2"), CLIENT);
});

Deno.test("the end of an older connection does not affect a name registered again", () => {
  const { clock, registrations, connection } = registered();
  registrations.add("Alice", { clientId: CLIENT, address: ADDRESS, connection: {} });
  registrations.ended(connection, ["Alice"]);
  clock.now += 10_000;
  strictEqual(registrations.abandoned("Alice", ADDRESS), undefined);
});

Deno.test("the oldest of many registrations is forgotten first", () => {
  const { clock, registrations, connection } = registered();
  for (let at = 0; at < 10_000; at++) {
    registrations.add(`Name ${at}`, { clientId: CLIENT, address: ADDRESS, connection });
  }
  strictEqual(registrations.size, 10_000);
  registrations.ended(connection, ["Alice", "Name 0"]);
  clock.now += 10_000;
  strictEqual(registrations.abandoned("Alice", ADDRESS), undefined);
  strictEqual(registrations.abandoned("Name 0", ADDRESS), CLIENT);
});
