import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import { filesOf, play, SIZES } from "./client_play.ts";
import type { DirectLine } from "./client_lines.ts";
import { ClientServer } from "./client_server.ts";

/** Milliseconds of an official client's pause after each of its writes. */
const PAUSE = 2_000;

for (const revision of REVISION_NAMES) {
  Deno.test(`an official client may pause for 2 s after each packet (${revision})`, async () => {
    for (const listener of [revision, "auto"] as const) {
      const hasty = await exchange({ revision, listener, pause: 0 });
      ok(hasty.length > 2 * SIZES.length);
      deepStrictEqual(await exchange({ revision, listener, pause: PAUSE }), hasty);
    }
  });
}

/** Plays an official client; returns what it was answered, but for keys and the id. */
async function exchange({ revision, listener, pause }: {
  readonly revision: RevisionName;
  readonly listener: RevisionName | "auto";
  readonly pause: number;
}): Promise<readonly string[]> {
  await using server = await ClientServer.open();
  const noted: Deviation[] = [];
  const lines: DirectLine[] = [];
  const onSeen = (deviation: Deviation) => void noted.push(deviation);
  // Nothing in its bytes tells a new client of 2023c from one of 2024a.
  const registersElsewhere = listener === "auto" && revision === "2023c";
  const dial = (kind: RequestKind) => {
    const there = registersElsewhere && kind === "register" ? revision : listener;
    const line = server.direct({ revision: there, onSeen });
    lines.push(line);
    return Promise.resolve({
      write: (bytes: Uint8Array) => line.write(bytes).then(() => line.pause(pause)),
      read: (size: number) => line.read(size),
      end: () => line.end(),
      drop: () => line.drop(),
    });
  };
  const client = await play({
    ...{ server, habits: {}, revision, dial, registersElsewhere, comesBack: true },
    files: filesOf(SIZES),
  });
  deepStrictEqual(noted, []);
  // A client of the letter never waits for a silence.
  strictEqual(lines.reduce((sum, { silences }) => sum + silences, 0), 0);
  const id = Buffer.from(client.clientId).toString("hex");
  return client.replies.map((bytes) => Buffer.from(bytes).toString("hex").replace(id, "(id)"));
}
