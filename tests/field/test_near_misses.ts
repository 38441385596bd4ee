/** Official clients that come close to what clients in the field do, and are not taken for them. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { cut } from "../kernel/told_events.ts";
import { NEAR_MISSES, type NearMiss } from "./client_near_misses.ts";
import { ClientServer } from "./client_server.ts";
import { FieldClient } from "./field_client.ts";

/** The name of a client that comes close. */
export const NAME = "Official";

/**
 * Declares a test for each near miss: in its first and last revision, in whole writes and in small
 * pieces, it is answered as by a strict server. A listener of all revisions has it in whole writes.
 * With `pieces: "bytes"` each revision comes, and byte by byte at both kinds of listeners.
 */
export function testNearMisses({ pieces }: { readonly pieces: "some" | "bytes" }): void {
  for (const nearMiss of NEAR_MISSES) {
    const { deviation, official, revisions } = nearMiss;
    const title = `${official}: answered as by a strict server, not taken for ${deviation}`;
    Deno.test(title, async () => {
      const ends = revisions.filter((one) => one === revisions[0] || one === revisions.at(-1));
      for (const revision of pieces === "some" ? ends : revisions) {
        const strict = await exchange(nearMiss, { revision, strict: true, size: Infinity });
        ok(strict.length > 0);
        for (const listener of [revision, "auto"] as const) {
          if (listener === "auto" && revision === "2023c") continue;
          const whole = pieces === "some" && listener === "auto";
          // Seven bytes end at no border that another size has not.
          const small = pieces === "bytes" || revision === revisions.at(-1) ? 1 : 7;
          for (const size of whole ? [Infinity] : [Infinity, small]) {
            deepStrictEqual(await exchange(nearMiss, { revision, listener, size }), strict);
          }
        }
      }
    });
  }
}

/** How a client speaks that deviates in nothing, and has an id before it is given one. */
export function speakerOf(revision: RevisionName) {
  return {
    revision: REVISIONS[revision],
    habits: {},
    clientId: clientIdOf(new Uint8Array(16).fill(9)),
  };
}

/**
 * Plays an official client to its end, with a second connection; returns what it was answered, but
 * for keys and the id. Nothing may be noted.
 */
async function exchange(
  { clientId, files }: NearMiss,
  { revision, listener = revision, strict = false, size }: {
    readonly revision: RevisionName;
    readonly listener?: RevisionName | "auto";
    readonly strict?: boolean;
    /** Bytes in each piece that arrives. */
    readonly size: number;
  },
): Promise<readonly string[]> {
  await using server = await ClientServer.open();
  const noted: Deviation[] = [];
  const onSeen = (deviation: Deviation) => void noted.push(deviation);
  const pieces = (bytes: Uint8Array) => cut(bytes, [size]);
  const setting = { revision: listener, strict, cut: pieces, onSeen };
  const dial = () => Promise.resolve(server.direct(setting));
  const { habits, revision: spoken } = speakerOf(revision);
  const known = clientId && { clientId };
  const client = new FieldClient({ habits, revision: spoken, name: NAME, dial, ...known });
  if (clientId === undefined) await client.register();
  else await server.record({ id: clientId, name: NAME, revision });
  await client.bringKey();
  for (const file of files) await client.send(file);
  if (spoken.requests.reconnect !== undefined) await client.reconnect();
  else {
    await client.leave();
    await client.bringKey();
  }
  for (const file of files) await client.send(file);
  await client.leave();
  deepStrictEqual(noted, []);
  const id = Buffer.from(client.clientId).toString("hex");
  return client.replies.map((bytes) => Buffer.from(bytes).toString("hex").replace(id, "(id)"));
}
