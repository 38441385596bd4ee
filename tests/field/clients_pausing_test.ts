import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import { filesOf, play, SIZES } from "./client_play.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { dialTcp, type DirectLink } from "./client_links.ts";
import { ClientServer } from "./client_server.ts";
import { OLD_ANSWERS } from "../old/old_answers.ts";
import { type Answers, answersOf, SMALL_FILES } from "./official_exchanges.ts";
import { retried } from "./test_client_pairs.ts";

/** Milliseconds of an official client's pause after each of its writes. */
const PAUSE = 2_000;

for (const revision of REVISION_NAMES) {
  Deno.test(`A client that pauses is answered as by 0.1.0: ${revision}`, async () => {
    for (const listener of [revision, "auto"] as const) {
      const expected = OLD_ANSWERS[revision].smallFiles;
      ok(expected.length > 2 * SIZES.length);
      deepStrictEqual(await exchange({ revision, listener, pause: 0 }), expected);
      deepStrictEqual(await exchange({ revision, listener, pause: PAUSE }), expected);
    }
  });
}

Deno.test("No silence is waited for of official clients that need none", async () => {
  await using server = await ClientServer.open();
  const auto = server.listen({ revision: "auto" });
  const registrar = server.listen({ revision: "2023c" });
  const others = CLIENTS_IN_THE_FIELD.filter(({ takesTime }) => takesTime)
    .flatMap(({ habits, revisions }) =>
      revisions.map((revision) => {
        const registersElsewhere = revision === "2023c";
        const dial = (kind: RequestKind) =>
          dialTcp((registersElsewhere && kind === "register" ? registrar : auto).port);
        const files = filesOf([96, 120], habits.waitsForAcknowledgement ? retried : undefined);
        return play({ server, habits, revision, registersElsewhere, files, dial });
      })
    );
  const [beside] = await Promise.all([
    Promise.all(REVISION_NAMES.map((revision) => {
      return exchange({ revision, listener: "auto", pause: PAUSE, server });
    })),
    ...others,
  ]);
  deepStrictEqual(beside, REVISION_NAMES.map((revision) => OLD_ANSWERS[revision].smallFiles));
});

/** Whether the server waits for a silence of the client now: 1 or 0. */
function waitsIn({ silenceLimit }: DirectLink): number {
  return silenceLimit === undefined ? 0 : 1;
}

/** What an official client does, and where. */
interface Exchange {
  readonly revision: RevisionName;
  readonly listener: RevisionName | "auto";
  readonly pause: number;
  /** Default: one of its own. */
  readonly server?: ClientServer;
}

/** Plays an official client; returns what it was answered, but for keys and the id. */
async function exchange({ server, ...options }: Exchange): Promise<Answers> {
  if (server !== undefined) return await exchangeAt(server, options);
  await using own = await ClientServer.open();
  return await exchangeAt(own, options);
}

async function exchangeAt(
  server: ClientServer,
  { revision, listener, pause }: Omit<Exchange, "server">,
): Promise<Answers> {
  let waits = 0;
  const noted: Deviation[] = [];
  const lines: DirectLink[] = [];
  const onSeen = (deviation: Deviation) => void noted.push(deviation);
  // Nothing in its bytes tells a new client of 2023c from one of 2024a.
  const registersElsewhere = listener === "auto" && revision === "2023c";
  const dial = (kind: RequestKind) => {
    const there = registersElsewhere && kind === "register" ? revision : listener;
    const line = server.direct({ revision: there, onSeen });
    lines.push(line);
    return Promise.resolve({
      async write(bytes: Uint8Array) {
        await line.write(bytes);
        waits += waitsIn(line);
        await line.pause(pause);
      },
      read: (size: number) => line.read(size),
      end: () => line.end(),
      drop: () => line.drop(),
    });
  };
  const client = await play({
    ...{ server, habits: {}, revision, dial, registersElsewhere, comesBack: true },
    ...SMALL_FILES,
  });
  deepStrictEqual(noted, []);
  // A client of the letter never waits for a silence, and the server never for one of it.
  strictEqual(waits, 0);
  strictEqual(lines.reduce((sum, { silences }) => sum + silences, 0), 0);
  return answersOf(client, SMALL_FILES);
}
