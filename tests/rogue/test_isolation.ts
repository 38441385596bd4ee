/**
 * Whatever ids, names and orders of requests others try, a client's upload under way comes to its
 * end, and what it has stored stays, unless they know its id.
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../peers/talk.ts";
import { PUBLIC_KEY, TestClient } from "../peers/test_client.ts";
import { openServices, type Services } from "../peers/test_services.ts";
import { quickRequests } from "../peers/test_clock.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

const KEPT = { fileName: "kept.txt", plain: lcg(1, 700) } as const;
const SENT = { fileName: "sent.txt", plain: lcg(2, 900), packets: 3 } as const;

/** What an attacker's bytes are: a different content, in as many packets, so that heads may fit. */
const RIVAL = lcg(3, 900);

/** Connections that an attacker holds at once. */
const CONNECTIONS = 3;

type Who = "victim" | "rogue" | "nobody" | "zeros";

/** One thing that an attacker does. */
interface Action {
  readonly connection: number;
  /** Whether it hangs up before, so that this is the first thing said on a connection. */
  readonly fresh: boolean;
  readonly who: Who;
  readonly act: "register" | "publicKey" | "reconnect" | "file" | "packet" | "half" | "verdict";
  readonly name: "Victim" | "Rogue" | "Nobody";
  readonly fileName: string;
  readonly packet: number;
  readonly verdict: "crcValid" | "crcRetry" | "crcAbort";
}

function actionsOf(...who: readonly Who[]): fc.Arbitrary<readonly (readonly Action[])[]> {
  const action = fc.record<Action>({
    connection: fc.nat(CONNECTIONS - 1),
    fresh: fc.boolean(),
    who: fc.constantFrom(...who),
    act: fc.constantFrom(
      ...["register", "publicKey", "reconnect"] as const,
      ...["file", "packet", "packet", "half", "verdict", "verdict"] as const,
    ),
    name: fc.constantFrom("Victim", "Rogue", "Nobody"),
    fileName: fc.constantFrom(SENT.fileName, SENT.fileName, KEPT.fileName, "SENT.TXT"),
    packet: fc.nat(SENT.packets - 1),
    verdict: fc.constantFrom("crcValid", "crcRetry", "crcAbort"),
  });
  // What is done beside each of the victim's steps: two for each packet, and the verdict.
  const steps = 2 * SENT.packets + 1;
  return fc.array(fc.array(action, { maxLength: 3 }), { minLength: steps, maxLength: steps });
}

/** A client with connections of its own and an id and a key, which tries those of others. */
class Attacker {
  readonly #services: Services;
  readonly #ids: Readonly<Record<Who, ClientId>>;
  readonly #aesKey: Uint8Array;
  readonly #talks: Talk[] = [];

  constructor(services: Services, ids: Record<Who, ClientId>, aesKey: Uint8Array) {
    this.#services = services;
    this.#ids = ids;
    this.#aesKey = aesKey;
  }

  async do(action: Action): Promise<void> {
    const { connection, fresh } = action;
    if (fresh) await this.#talks[connection]?.end();
    const talk = !fresh && this.#talks[connection] || new Talk(this.#services, "2024a");
    this.#talks[connection] = talk;
    await talk.exchange(await this.#bytes(action, talk));
  }

  async leave(): Promise<void> {
    for (const talk of this.#talks) await talk?.end();
  }

  async #bytes(action: Action, talk: Talk): Promise<Uint8Array> {
    const clientId = this.#ids[action.who];
    const client = new TestClient(talk, { clientId, aesKey: this.#aesKey });
    const { revision } = client;
    const { act, fileName, packet } = action;
    const name = TextField.of(action.name);
    if (act === "register" || act === "reconnect") {
      return encodeRequest(revision, { kind: act, clientId, name });
    }
    if (act === "publicKey") {
      return encodeRequest(revision, { kind: act, clientId, name, publicKey: PUBLIC_KEY });
    }
    if (act === "verdict") return client.verdict(action.verdict, fileName);
    const messages = await client.messages(RIVAL, { fileName, packets: SENT.packets });
    if (act === "file") return joined(messages);
    const message = messages[packet] ?? new Uint8Array(0);
    return act === "packet" ? message : message.subarray(0, message.byteLength - 50);
  }
}

/**
 * What is stored of a client, by name in lower case: any that knows its id may have sent it in
 * another.
 */
async function storedBy(
  { catalog, store }: Services,
  clientId: ClientId,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const stored: Record<string, Uint8Array> = {};
  for (const { fileName, location } of await catalog.files({ clientId })) {
    const contents = await store.read(location);
    stored[nameKey(fileName)] = joined(contents ? await Array.fromAsync(contents) : []);
  }
  return stored;
}

/**
 * The victim sends a file step by step while others do their actions; returns what it then has
 * stored.
 */
async function besieged(
  beside: readonly (readonly Action[])[],
): Promise<Readonly<Record<string, Uint8Array>>> {
  await using services = await openServices({ clock: quickRequests() });
  const victim = talkingClient(services, { name: "Victim" });
  await victim.introduce();
  strictEqual((await victim.file(KEPT.plain, KEPT))?.kind, "fileReceived");
  await victim.ask(victim.verdict("crcValid", KEPT.fileName));
  const rogue = talkingClient(services, { name: "Rogue" });
  await rogue.introduce();
  const ids = {
    victim: victim.clientId,
    rogue: rogue.clientId,
    nobody: clientIdOf(new Uint8Array(16).fill(0x77)),
    zeros: NO_CLIENT_ID,
  };
  const attacker = new Attacker(services, ids, rogue.aesKey ?? new Uint8Array(32));
  const messages = await victim.messages(SENT.plain, SENT);
  const steps = [
    ...messages.flatMap((message) => [message.subarray(0, 400), message.subarray(400)]),
    victim.verdict("crcValid", SENT.fileName),
  ];
  for (const [at, step] of steps.entries()) {
    const last = at === steps.length - 1;
    const [before, ...others] = beside[at] ?? [];
    if (before !== undefined) await attacker.do(before);
    const besides = (async () => {
      for (const action of others) await attacker.do(action);
    })();
    // Who knows the id may store a file of the same name too: the last one confirmed is then kept.
    if (last) await besides;
    await victim.send(step);
    // Nothing but the last packet and the verdict is answered, and both as if there were no
    // attacker.
    if (at === steps.length - 2) strictEqual((await victim.receive())?.kind, "fileReceived");
    await besides;
  }
  strictEqual((await victim.receive())?.kind, "acknowledged");
  const stored = await storedBy(services, victim.clientId);
  await attacker.leave();
  return stored;
}

/** Declares tests of so many random attacks of each kind. */
export function testIsolation({ runs }: { readonly runs: number }): void {
  Deno.test("clients without a client's id cannot affect its files", async () => {
    await fc.assert(
      fc.asyncProperty(actionsOf("rogue", "nobody", "zeros"), async (beside) => {
        deepStrictEqual(await besieged(beside), {
          [KEPT.fileName]: KEPT.plain,
          [SENT.fileName]: SENT.plain,
        });
      }),
      { numRuns: runs },
    );
  });

  Deno.test("clients with a client's id cannot touch uploads of a live connection", async () => {
    await fc.assert(
      fc.asyncProperty(actionsOf("victim", "victim", "victim", "rogue"), async (beside) => {
        deepStrictEqual((await besieged(beside))[SENT.fileName], SENT.plain);
      }),
      { numRuns: runs },
    );
  });
}
