import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { DEVIATIONS } from "../../shared/protocol3/deviation.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { dialTcp } from "./client_links.ts";
import { filesOf, play } from "./client_play.ts";
import { ClientServer, type Listening } from "./client_server.ts";

/** One with a last packet that is not full, then one with exactly two full packets. */
const FILES = filesOf([300, 120], (size) => size === 120 ? 1 : 0);

for (const { seen, habits, revisions, strictReason, noted } of CLIENTS_IN_THE_FIELD) {
  if (strictReason !== undefined) {
    Deno.test(`a strict server refuses with "${strictReason}": ${seen}`, async () => {
      await using server = await ClientServer.open();
      await Promise.all(revisions.map(async (revision) => {
        const there = server.listen({ revision, strict: true });
        await rejects(playTcp(there, { server, habits, revision }));
        const counts = there.counters.snapshot();
        ok(Object.hasOwn(counts, `refused.${strictReason}`), JSON.stringify(counts));
        deepStrictEqual(Object.keys(counts).filter((name) => name.startsWith("deviations.")), []);
      }));
    });
  } else if (noted.length === 0) {
    Deno.test(`a strict server serves what the specification allows: ${seen}`, async () => {
      await serveStrictly(habits);
    });
  }
  // What is left is noted, but cannot be refused by name. For "content-16-short" a strict server
  // waits, as for the last block of any slow client, until the limit for silence. For
  // "first-half-of-key" it decrypts with the whole key, so that no checksum is right. A file with
  // "no-verdict" it drops.
}

Deno.test("a strict server serves every official exchange", async () => {
  await serveStrictly({});
});

Deno.test("every deviation has a row, and all but five are the reason to refuse one", () => {
  const all = Object.keys(DEVIATIONS).sort();
  const noted = new Set<string>(CLIENTS_IN_THE_FIELD.flatMap(({ noted }) => noted));
  deepStrictEqual([...noted].sort(), all);
  const reasons = new Set<string>(
    CLIENTS_IN_THE_FIELD.map(({ strictReason = "" }) => strictReason),
  );
  // A client that awaits a checksum for each packet is refused at the first one, for its new
  // connection; one that awaits an acknowledgement of each, for packet and total that are swapped.
  deepStrictEqual(all.filter((one) => !reasons.has(one)), [
    "acknowledgement-per-packet",
    "checksum-per-packet",
    "content-16-short",
    "first-half-of-key",
    "no-verdict",
  ]);
});

/** Plays a client in all revisions; nothing of it is noted or refused. */
async function serveStrictly(habits: Habits): Promise<void> {
  await using server = await ClientServer.open();
  await Promise.all(REVISION_NAMES.map(async (revision) => {
    const there = server.listen({ revision, strict: true });
    await playTcp(there, { server, habits, revision });
    const refused = Object.keys(there.counters.snapshot())
      .filter((name) => /^(deviations|refused)\./.test(name));
    deepStrictEqual(refused, []);
  }));
}

async function playTcp(
  { port }: Listening,
  options: {
    readonly server: ClientServer;
    readonly habits: Habits;
    readonly revision: RevisionName;
  },
): Promise<void> {
  await play({ ...options, dial: () => dialTcp(port), files: FILES, comesBack: true });
}
