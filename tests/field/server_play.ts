/** Plays a client against a server in the field. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import {
  SERVER_DEVIATIONS,
  type ServerDeviation,
} from "../../shared/protocol3/parsing/reply_parser.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { ON_RECORD, OwnParty, type SessionHabits } from "../peers/own_party.ts";
import { FieldServer } from "./field_server.ts";
import type { ServerRow } from "./server_rows.ts";
import type { Delivery } from "./server_replies.ts";

/** A row, and how it is played. */
export interface Play {
  readonly row: Pick<ServerRow, "habits" | "noted" | "quirks" | "packetSize" | "small">;
  readonly revision: RevisionName;
  readonly delivery?: Delivery | undefined;
  /**
   * Which client it is: a new one, one that this server has forgotten (the default), or one that it
   * has on record.
   */
  readonly who?: "stranger" | "forgotten" | "friend";
  /** Whether the client has to find the revision out. Default: it is told. */
  readonly searches?: boolean;
}

/** Bytes in packets where a row does not say: few, and no whole number of blocks. */
const PACKET_SIZE = 1_000;

/**
 * The most bytes of a plain file that go into one packet of that size, however they are encrypted.
 */
const SMALL = 900;

/** More than three packets, the last of them not full. */
const LARGE = 3_500;

/** What a client says that registers again because the server has forgotten it. */
const REGISTERING = /registering again$|^The me\.info and priv\.key from before are kept in /;
/** What the client says of a wrong checksum. */
const MISMATCH = /^The server found another checksum for "third.bin"; sending it again \(1 of 3\)$/;

/** What a client says that took 2022c for 2023a. */
const DOUBTED = [
  "server responded with an error",
  "The server may not speak revision 2023a; trying 2022c",
];

/**
 * Registers, unless it is known, and sends a file; comes back, and sends a file in several packets,
 * one that is resent, and two more. Fails unless all of it arrives with no other trouble, and
 * exactly `row.noted` is noted.
 */
export async function play(
  { row, revision, delivery, who = "forgotten", searches = false }: Play,
): Promise<void> {
  await using server = new FieldServer({
    revision,
    habits: row.habits,
    ...(delivery && { delivery }),
    wrongOnce: "third.bin",
  });
  await using own = who === "stranger" ? await OwnParty.stranger() : await OwnParty.oldFriend();
  const habits: SessionHabits = {
    packetSize: row.packetSize ?? PACKET_SIZE,
    quirks: new Set(row.quirks),
    ...(searches && { revision: "auto" as const }),
  };
  const large = row.small ? SMALL : LARGE;
  const sent = new Map<string, Uint8Array>();
  if (who === "friend") server.admit(ON_RECORD);
  const attempts: number[] = [];
  const sendAll = async (sizes: Readonly<Record<string, number>>) => {
    const session = await own.session(server, habits);
    for (const [name, size] of Object.entries(sizes)) {
      const plain = lcg(size, size);
      sent.set(name, new Uint8Array(plain));
      attempts.push((await session.send(await own.file(name, plain), () => {})).attempts);
    }
    await session.close();
  };
  await sendAll({ "first.bin": SMALL });
  await sendAll({
    "second.bin": large,
    "third.bin": large + 1,
    "fourth.bin": 0,
    "fifth.bin": large + 2,
  });
  deepStrictEqual(new Map(server.files), sent);
  const troubles = own.troubles.filter((line) => !REGISTERING.test(line));
  const mismatches = troubles.filter((line) => MISMATCH.test(line));
  strictEqual(mismatches.length, 1, troubles.join("\n"));
  // One receive may have two requests on a slow machine: they are sent again then.
  if (!row.habits.takesOneReceive) {
    // Nothing but an error amid a file tells a new client that 2023a is 2022c here.
    const { foreignCode } = row.habits;
    const doubted = searches && revision === "2022c" && foreignCode === "silent" &&
      who === "stranger";
    deepStrictEqual({ attempts, troubles, refused: server.refusals.length }, {
      attempts: [doubted ? 2 : 1, 1, 2, 1, 1],
      troubles: [...doubted ? DOUBTED : [], ...mismatches],
      refused: doubted ? 1 : 0,
    });
  }
  deepStrictEqual(
    notedBy(own),
    row.noted.filter((name) => canShow(name, { row, revision, who })).sort(),
  );
}

/** A revision of a row, with packets if there is one. */
export function lastOf({ revisions }: Pick<ServerRow, "revisions">): RevisionName {
  return revisions.findLast((name) => REVISIONS[name].packets) ?? "2024a";
}

/** Waits for all, so that nothing goes on behind a test that failed; throws what failed first. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** Whether a client like this comes to see a deviation that a server has. */
function canShow(
  name: ServerDeviation,
  { revision, who, row }: Required<Pick<Play, "row" | "revision" | "who">>,
): boolean {
  const { small, habits } = row;
  if (name === "packet-replies") {
    return REVISIONS[revision].packets && !small && !habits.contentUncounted;
  }
  if (name !== "unannounced-id") return true;
  return habits.registeredUndeclared !== undefined && who !== "friend" ||
    habits.refusalId !== undefined && who === "forgotten";
}

/** The deviations that a client has noted, each once, by name. */
export function notedBy({ details }: OwnParty): readonly ServerDeviation[] {
  const names = Object.keys(SERVER_DEVIATIONS).filter(isServerDeviation);
  const isNoted = (name: ServerDeviation) =>
    details.includes(`The server deviates from the protocol: ${SERVER_DEVIATIONS[name]}`);
  return names.filter(isNoted).sort();
}

function isServerDeviation(name: string): name is ServerDeviation {
  return Object.hasOwn(SERVER_DEVIATIONS, name);
}
