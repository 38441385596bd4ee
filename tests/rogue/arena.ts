/**
 * Where attacks on the server take place: a whole server on a disk, with a victim that it knows.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Limits } from "../../server/settings/limit_settings.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import type { Clock } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { withEmptyDatabase } from "../peers/empty_database.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { type StartedServer, startServer } from "../peers/started_server.ts";
import { TestClient } from "../peers/test_client.ts";
import type { LoggedLine } from "../peers/test_services.ts";
import type { ServerOutcome } from "./attack.ts";
import { RoguePeer } from "./rogue_peer.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";
import { LenientClock } from "../peers/lenient_clock.ts";

/** What the victim has stored before an attack, and has to have after it. */
const KEPT = { name: "kept.txt", content: lcg(77, 5_000) } as const;

/** How often an honest client tries to get in. */
const MOST_TRIES = 100;

/** Where an attack fails to come to its outcome, it does so soon. */
const LIMITS: Partial<Limits> = { idleTime: 20_000 };

/** A clock that runs, and that an attack can put forward. */
class ArenaClock implements Clock {
  /** Milliseconds by which the date was set forward, or back if it is negative. */
  dateSet = 0;
  readonly #time = new LenientClock(SYSTEM_CLOCK);
  readonly date = (): Date => new Date(Date.now() + this.dateSet);
  readonly after = this.#time.after;
  #look = Promise.withResolvers<void>();

  /** The time, for the server. */
  readonly now = (): number => {
    this.#look.resolve();
    return this.#time.now();
  };

  /** Puts it forward by so many milliseconds; what is due by then rings soon. */
  forward(milliseconds: number): void {
    this.#time.forward(milliseconds);
  }

  /** Puts it forward by so many milliseconds once the server has looked at it. */
  async pass(milliseconds: number): Promise<void> {
    this.#look = Promise.withResolvers();
    await this.#look.promise;
    // What it does at once after its look is over by then.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.forward(milliseconds);
  }
}

/** A server under attack. */
export class Arena {
  /** The folder that holds the server's data folder, `data`, and nothing else. */
  readonly folder: string;
  readonly clock: ArenaClock;
  readonly storage: NamedStorage;
  readonly #server: StartedServer;
  readonly #peers: RoguePeer[] = [];
  readonly #victim: TestClient;
  #honest = 0;

  private constructor(options: {
    readonly folder: string;
    readonly clock: ArenaClock;
    readonly storage: NamedStorage;
    readonly server: StartedServer;
    readonly victim: TestClient;
  }) {
    this.folder = options.folder;
    this.clock = options.clock;
    this.storage = options.storage;
    this.#server = options.server;
    this.#victim = options.victim;
  }

  /** Has an attack take place, and looks at what has to hold after every one. */
  static async hold(
    { limits = {}, protocol4 = false, outcome, play }: {
      readonly limits?: Partial<Limits>;
      readonly protocol4?: boolean;
      readonly outcome: ServerOutcome;
      readonly play: (arena: Arena) => Promise<void>;
    },
  ): Promise<void> {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    const clock = new ArenaClock();
    await using storage = await openStorage({
      clock: { ...SYSTEM_CLOCK, date: clock.date },
      data: await withEmptyDatabase(join(folder, "data")),
      database: undefined,
    });
    const server = await startServer({
      ...{ storage, limits: { ...LIMITS, ...limits } },
      protocol4: protocol4 ? storage : undefined,
      clock,
    });
    const line = await server.connect();
    const victim = new TestClient(line, { name: "Victim" });
    await victim.introduce();
    await keep(victim, KEPT);
    line.close();
    const arena = new Arena({ folder, clock, storage, server, victim });
    try {
      await play(arena);
      arena.#leave();
      await arena.honest();
    } finally {
      arena.#leave();
      server.stop();
      await server.ended;
    }
    await arena.#afterwards(outcome);
  }

  /** Opens a connection for an attacker, who has said nothing yet. */
  async rogue(name = "Rogue"): Promise<RoguePeer> {
    return await this.#peer({ name });
  }

  /** The same, with an id and a key. */
  async introducedRogue(name = "Rogue"): Promise<RoguePeer> {
    const peer = await this.rogue(name);
    await peer.client.introduce();
    return peer;
  }

  /**
   * A connection of a client that knows the victim's id, or of the victim itself, with its newest
   * key.
   */
  async asVictim(): Promise<RoguePeer> {
    const { clientId, aesKey, name } = this.#victim;
    return await this.#peer({ name: name.text, clientId, ...(aesKey && { aesKey }) });
  }

  /** The port of the server, on 127.0.0.1. */
  get port(): number {
    return this.#server.address.port;
  }

  /**
   * Fails unless an honest client gets in now, and has a file stored and confirmed. Returns how
   * often it had to try.
   */
  async honest(): Promise<number> {
    const name = `Honest ${++this.#honest}`;
    for (let tries = 1;; tries++) {
      using line = await this.#server.connect();
      const client = new TestClient(line, { name });
      const registered = await client.register();
      // Of a connection that has ended the server may hear later than of this one.
      if (registered === undefined && tries <= MOST_TRIES) continue;
      strictEqual(registered?.kind, "registered");
      strictEqual((await client.bringKey())?.kind, "keyAccepted");
      await keep(client, { name: "report.txt", content: lcg(this.#honest, 3_000) });
      return tries;
    }
  }

  /** What the server has logged so far. */
  get lines(): readonly LoggedLine[] {
    return this.#server.lines;
  }

  /** The contents that lie at a path of the catalog. */
  async stored(location: string): Promise<Uint8Array> {
    return await Deno.readFile(join(this.folder, "data", location));
  }

  /** The path of a client's folder in the data folder, made if there is none. */
  async folderOf({ clientId }: { readonly clientId: ClientId }): Promise<string> {
    const path = join(this.folder, "data", "received_files", hexOf(clientId));
    await Deno.mkdir(path, { recursive: true });
    return path;
  }

  async #peer(options: ConstructorParameters<typeof RoguePeer>[1]): Promise<RoguePeer> {
    const peer = new RoguePeer(await this.#server.connect(), options);
    this.#peers.push(peer);
    return peer;
  }

  #leave(): void {
    for (const peer of this.#peers) peer[Symbol.dispose]();
  }

  async #afterwards(outcome: ServerOutcome): Promise<void> {
    const { lines } = this.#server;
    assertOutcome(outcome, lines);
    strictEqual(lines.at(-1)?.["refused.internal-error"], undefined);
    await this.#assertStored();
  }

  /**
   * The disk holds what the catalog says, to the byte, nothing else, and the victim's file as it
   * was.
   */
  async #assertStored(): Promise<void> {
    const { catalog, store } = this.storage;
    const data = join(this.folder, "data");
    deepStrictEqual(await names(this.folder), ["data"]);
    deepStrictEqual(await names(join(data, "staging")), []);
    const rows = await catalog.files();
    const onDisk = [];
    for (const client of await names(join(data, "received_files"))) {
      for (const file of await names(join(data, "received_files", client))) {
        onDisk.push(`received_files/${client}/${file}`);
      }
    }
    deepStrictEqual(onDisk.sort(), rows.map(({ location }) => location).sort());
    for (const { location, size } of rows) strictEqual(await store.size(location), size, location);
    const kept = rows.find(({ fileName, clientId }) =>
      fileName === KEPT.name && hexOf(clientId) === hexOf(this.#victim.clientId)
    );
    ok(kept, "The victim's file is gone");
    deepStrictEqual(await Deno.readFile(join(data, kept.location)), KEPT.content);
  }
}

async function keep(
  client: TestClient,
  { name, content }: { readonly name: string; readonly content: Uint8Array },
): Promise<void> {
  strictEqual((await client.file(content, { fileName: name }))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid", name)))?.kind, "acknowledged");
}

/** The counters, the log, or both tell of an attack; of a harmless one they say nothing bad. */
function assertOutcome(outcome: ServerOutcome, lines: readonly LoggedLine[]): void {
  const counters: Readonly<Record<string, unknown>> = lines.at(-1) ?? {};
  const bad = Object.entries(counters).filter(([name]) => name.startsWith("refused."));
  if (outcome === "harmless") return deepStrictEqual(bad, []);
  const counted = counters[outcome];
  ok(typeof counted === "number" && counted > 0, `${outcome} was not counted: ${bad.join()}`);
  const [, reason] = /^refused\.(.*)$/.exec(outcome) ?? [];
  if (reason === undefined) return;
  const told = lines.filter((line) => line["reason"] === reason);
  ok(told.length > 0, `No line says ${reason}`);
  for (const { level } of told) strictEqual(level, "WARN");
}

async function names(path: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map(({ name }) => name).sort();
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
