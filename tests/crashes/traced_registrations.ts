/**
 * Registers clients in a storage while no file descriptor is left, and says on standard output who
 * was registered: one object in JSON for each. To be traced, with few descriptors.
 */
import { throws } from "node:assert/strict";
import { openStorage } from "../../server/storage/open_storage.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { newClientId } from "../../server/protocol3/identification/new_client_id.ts";

/** A client that was registered. */
export interface Registered {
  readonly id: string;
  readonly name: string;
}

/** How often a group registers, each behind the other. */
export const ROUNDS = 5;

/** The clients of a group. */
export const CLIENTS = 8;

if (import.meta.main) await registrations(Deno.args[0] ?? "");

async function registrations(data: string): Promise<void> {
  await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
  // What the runtime opens once, for all signals.
  Deno.addSignalListener("SIGUSR2", () => {});
  using taken = new DisposableStack();
  for (let file = open(); file !== undefined; file = open()) taken.use(file);
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: CLIENTS }, async (_, at) => {
      const id = newClientId();
      const name = `Client ${round} ${at}`;
      try {
        await storage.catalog.register({ id, name, revision: "2024a" });
      } catch (error) {
        // A refusal promises nothing.
        if (error instanceof StorageError && error.reason === "out-of-descriptors") return;
        throw error;
      }
      const said: Registered = { id: id.toHex(), name };
      Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(said)));
    }));
    throws(() => Deno.openSync("/dev/null"), { code: "EMFILE" });
  }
}

/** Returns another open file; undefined if there is no descriptor. */
function open(): Deno.FsFile | undefined {
  try {
    return Deno.openSync("/dev/null");
  } catch {
    return undefined;
  }
}
