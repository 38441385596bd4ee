/** One client in the field from its first request to its last, and what has to come of it. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";
import type { FieldLink } from "./client_links.ts";
import type { ClientServer } from "./client_server.ts";
import { cksum, FieldClient, type FieldFile } from "./field_client.ts";

/** What a client does, and where. */
export interface Part {
  /** Where to look for what was stored. Without one only the answers are looked at. */
  readonly server?: ClientServer;
  readonly habits: Habits;
  readonly revision: RevisionName;
  /** Default: one of its own. */
  readonly name?: string;
  readonly dial: (kind: RequestKind) => Promise<FieldLink>;
  /** The files that it sends, one after the other. */
  readonly files: readonly FieldFile[];
  /** Whether it sends one more file after a reconnect, where its revision knows one. */
  readonly comesBack?: boolean;
  /** The files that it sends then. Default: one. */
  readonly again?: readonly FieldFile[];
  readonly registersElsewhere?: boolean;
  /** Bytes of content in its full packets. Default: `PACKET`. */
  readonly packetSize?: number;
}

/** Plain files end at, before and behind the ends of blocks and packets. */
export const SIZES: readonly number[] = [0, 1, 16, 50, 96, 120, 300];

/** A few of them, for clients that are served after a silence. */
export const FEW_SIZES: readonly number[] = [50, 120];

let clients = 0;

/** Files of these sizes. `spoiled` tells by the size how often a file is sent with a wrong byte. */
export function filesOf(
  sizes: readonly number[],
  spoiled: (size: number) => number = () => 0,
): readonly FieldFile[] {
  return sizes.map((size) => ({
    name: `${size}.bin`,
    plain: Uint8Array.from({ length: size }, (_, at) => (at * 167 + size) % 251),
    spoiled: spoiled(size),
  }));
}

/**
 * Plays a client to its end: everything that it awaits comes, nothing else does, what it confirmed
 * is stored to the byte and on record as verified, and what it gave up is not. What a client gives
 * no verdict on is stored when the time for it is over, and not as verified.
 */
export async function play(
  { server, files, comesBack, again = filesOf([77]), ...options }: Part,
): Promise<FieldClient> {
  const revision = REVISIONS[options.revision];
  using client = new FieldClient({ name: `Client ${++clients}`, ...options, revision });
  await client.register();
  await client.bringKey();
  const { habits } = options;
  for (const [index, file] of files.entries()) {
    if (index > 0 && habits.givesNoVerdict) await client.comeBack();
    await sendAndCheck(client, { server, file, habits });
  }
  if (comesBack && revision.requests.reconnect !== undefined) {
    await client.reconnect();
    for (const file of again) await sendAndCheck(client, { server, file, habits });
  }
  await client.leave();
  return client;
}

async function sendAndCheck(
  client: FieldClient,
  { server, file, habits }: {
    readonly server: ClientServer | undefined;
    readonly file: FieldFile;
    readonly habits: Habits;
  },
): Promise<void> {
  const { name, plain, spoiled = 0 } = file;
  const checksums = await client.send(file);
  const expected = Math.min(spoiled + 1, habits.givesUpUnsent ? 3 : 4);
  // One byte of padding is valid under a wrong key once in 256; a second try is decrypted with the
  // other.
  const tries = habits.firstHalfOfKey && checksums.length === expected + 1
    ? expected + 1
    : expected;
  strictEqual(checksums.length, tries);
  if (server === undefined) return;
  if (habits.givesNoVerdict) {
    await client.leave();
    await server.expire();
  }
  const stored = await server.stored(client.clientId, name);
  if (spoiled >= 4) return strictEqual(stored, undefined);
  const { size, checksum, verified } = stored?.row ?? {};
  deepStrictEqual(
    { size, checksum, verified },
    { size: plain.byteLength, checksum: cksum(plain), verified: !habits.givesNoVerdict },
  );
  deepStrictEqual(stored?.contents, plain);
}
