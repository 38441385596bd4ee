import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Talk } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import { TestClock } from "../peers/test_clock.ts";
import { openServices } from "../peers/test_services.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { Admission, type ConnectionSlot } from "../../server/listening/admission/admission.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";

const ADDRESS = "192.0.2.1";

/**
 * Connections of one address to services by a clock that stands still; names asked for are counted.
 */
async function begin() {
  const clock = new TestClock();
  const services = await openServices();
  const { identities } = services;
  const asked: string[] = [];
  const counting = {
    client: identities.client.bind(identities),
    keepKeys: identities.keepKeys.bind(identities),
    register(...[client, claim]: Parameters<typeof identities.register>) {
      asked.push(client.name);
      return identities.register(client, claim);
    },
  };
  const limits = { ...DEFAULT_LIMITS, namesPerHour: Infinity };
  const admission = new Admission({ limits, clock });
  const connect = (name: string, evicted?: AbortSignal): TestClient => {
    const slot = admission.admit({ address: ADDRESS, evict() {} }) as ConnectionSlot;
    const talk = new Talk({ ...services, identities: counting, clock }, "2024a", {
      slot,
      ...(evicted && { evicted }),
    });
    return new TestClient(talk, { name });
  };
  return { clock, services, asked, connect };
}

/** Lets everything happen that does not wait for the clock. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("a refusal waits no longer than its connection is there", async () => {
  const { services, connect } = await begin();
  await using _ = services;
  const evicted = new AbortController();
  const rogue = connect("Rogue", evicted.signal);
  for (let time = 0; time < 3; time++) await rogue.reconnect();
  const asking = rogue.reconnect();
  await settle();
  evicted.abort();
  strictEqual((await asking)?.kind, "reconnectRefused");
});

Deno.test("the answer to a refused request waits, and other connections do not", async () => {
  const { clock, services, connect } = await begin();
  await using _ = services;
  const [rogue, honest] = [connect("Rogue"), connect("Honest")];
  for (let time = 0; time < 3; time++) {
    strictEqual((await rogue.reconnect())?.kind, "reconnectRefused");
  }
  let answered = false;
  const asking = rogue.reconnect().then(() => answered = true);
  await honest.introduce();
  strictEqual((await honest.reconnect())?.kind, "reconnectAccepted");
  await settle();
  strictEqual(answered, false);
  clock.advance(99);
  await settle();
  strictEqual(answered, false);
  clock.advance(1);
  strictEqual(await asking, true);
});

Deno.test("100 connections of an address learn as few names as one person", async () => {
  const { clock, services, asked, connect } = await begin();
  await using _ = services;
  const names = Array.from({ length: 100 }, (_, at) => `Taken ${at}`);
  for (const [at, name] of names.entries()) {
    const id = clientIdOf(new Uint8Array(16).fill(at + 1));
    await services.identities.register({ id, name, revision: "2024a" });
  }
  let over = false;
  const rogues = names.map((name) => connect(name));
  const trying = rogues.map(async (rogue) => {
    while (!over) ok(await rogue.register());
  });
  const seconds = 60;
  for (let step = 0; step < seconds * 4; step++) {
    clock.advance(250);
    await settle();
  }
  over = true;
  // The last ones are answered too.
  for (let step = 0; step < 16; step++) {
    clock.advance(250);
    await settle();
  }
  await Promise.all(trying);
  // One that the address has just been told of may be asked for again: that tells nothing.
  const learned = new Set(asked).size;
  ok(learned >= 20 && learned <= 20 + (seconds + 4) / 3, `${learned} were learned`);
  strictEqual(services.counters.value("refused.name-taken"), asked.length);
  ok(services.counters.value("refused.too-many-names") > 0);
});

Deno.test("a class of forty registers at once, a few under names that are taken", async () => {
  const { clock, services, connect } = await begin();
  await using _ = services;
  const names = Array.from({ length: 40 }, (_, at) => at % 8 === 7 ? "Taken" : `Pupil ${at}`);
  await connect("Taken").register();
  const replies = await Promise.all(names.map((name) => connect(name).register()));
  deepStrictEqual(
    replies.map((reply) => reply?.kind),
    names.map((name) => name === "Taken" ? "registrationRefused" : "registered"),
  );
  // None waited for the clock.
  strictEqual(clock.now(), new TestClock().now());
});
