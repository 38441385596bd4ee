import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ClientError, type ClientReason, type ExitCode } from "../../client/client_error.ts";
import { type Identity, IdentityFiles } from "../../client/protocol3/identity/identity_files.ts";
import { OwnIdentity } from "../../client/protocol3/identity/own_identity.ts";
import { lookAtFile } from "../../client/files/local_file.ts";
import type { LocalFile, Reporter } from "../../client/uplink.ts";
import type { Quirks } from "../../client/settings/send_settings.ts";
import { Handshake } from "../../client/protocol3/handshake.ts";
import { Session } from "../../client/protocol3/session.ts";
import { ConcurrentContents } from "../../client/protocol3/sending/encrypted_content.ts";
import { LenientClock } from "./lenient_clock.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { Address } from "../../shared/text/address.ts";
import { GOLDEN, hex, lcg } from "../kernel/golden_vectors.ts";
import type { OnRecord } from "./official_answers.ts";
import type { ScriptedServer } from "./scripted_server.ts";
import { testKeys } from "./test_keys.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** The name of the client in tests. */
export const NAME = "Michael Jackson";

/** An identity of an earlier registration. */
export const IDENTITY: Identity = {
  name: NAME,
  clientId: clientIdOf(hex(GOLDEN.inputs.clientId)),
  privateKey: hex(GOLDEN.rsa.pkcs8Hex),
};

/** The same, as a server has it on record. */
export const ON_RECORD: OnRecord & { readonly publicKey: Uint8Array } = {
  name: NAME,
  clientId: IDENTITY.clientId,
  publicKey: hex(GOLDEN.rsa.spkiHex),
};

/** The server that the client's `transfer.info` names: whatever a test connects to is it. */
const PLANNED: Address = { host: "server.example", port: 1256 };

/**
 * Bytes that are more than the sockets between client and server hold: sending them is a dialogue.
 */
export const BIG_SIZE: number = 12 * 1024 * 1024;

let big: Uint8Array<ArrayBuffer> | undefined;

/** A content of `BIG_SIZE` bytes, the same array each time. */
export function bigContent(): Uint8Array<ArrayBuffer> {
  return big ??= patternOf();
}

function patternOf(): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(BIG_SIZE);
  // A length that no chunk, packet or block has, so that none is like another.
  const pattern = lcg(1, 9_973);
  for (let at = 0; at < BIG_SIZE; at += pattern.byteLength) {
    content.set(pattern.subarray(0, BIG_SIZE - at), at);
  }
  return content;
}

/** How a client goes about a session. */
export interface SessionHabits {
  /** Default: the one that the server speaks. */
  readonly revision?: RevisionName | "auto";
  /** What an earlier run found out. Default: nothing. */
  readonly provenRevision?: RevisionName;
  /** Default: 3. */
  readonly retries?: number;
  /** Milliseconds. Default: long enough for any machine. */
  readonly timeout?: number;
  /** Milliseconds. Default: 0, so that only `retries` counts. */
  readonly retryTime?: number;
  /** Default: one that no busy machine cuts short. */
  readonly clock?: Clock;
  readonly packetSize?: number;
  /** Milliseconds. Default: none. */
  readonly packetDelay?: number;
  /** Default: none. */
  readonly quirks?: Quirks;
  /** Default: `NAME`. */
  readonly name?: string | undefined;
}

/**
 * The client's side in a test: a folder of its own with files to send and, perhaps, an identity,
 * and a reporter that remembers. Disposing of it ends its sessions and removes the folder.
 */
export class OwnParty implements AsyncDisposable {
  readonly folder: string;
  /** Where its identity is kept. */
  readonly files: IdentityFiles;
  /** The lines about what went wrong. */
  readonly troubles: string[] = [];
  /** The lines for those who want details. */
  readonly details: string[] = [];
  readonly reporter: Reporter = {
    trouble: (line) => this.troubles.push(line),
    detail: (line) => this.details.push(line),
  };
  readonly #sessions: Session[] = [];
  readonly #handshakes: Handshake[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.files = new IdentityFiles(folder);
  }

  /** A client without an identity. */
  static async stranger(): Promise<OwnParty> {
    return new OwnParty(await Deno.makeTempDir({ prefix: "sealpost_" }));
  }

  /** A client that has `IDENTITY`, and that a server, if one is given, has on record. */
  static async oldFriend(server?: ScriptedServer): Promise<OwnParty> {
    const own = await OwnParty.stranger();
    await own.save(IDENTITY);
    server?.admit(ON_RECORD);
    return own;
  }

  /** Stores an identity in its folder. */
  async save(identity: Identity): Promise<void> {
    await this.files.save(identity, { clock: SYSTEM_CLOCK });
  }

  /** A client that has to make a request of this kind before it can send a file, or to send it. */
  static async whoHasToSay(kind: RequestKind, server: ScriptedServer): Promise<OwnParty> {
    return kind === "register" || kind === "publicKey"
      ? await OwnParty.stranger()
      : await OwnParty.oldFriend(server);
  }

  /** Writes a file and looks at it. */
  async file(name: string, content: Uint8Array | string): Promise<LocalFile> {
    const path = join(this.folder, name);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, bytes);
    return await lookAtFile(path);
  }

  /** Who it is to a server, by default to the one that its `transfer.info` names. */
  async own(server: Address = PLANNED, lockTime = 60_000): Promise<OwnIdentity> {
    return await OwnIdentity.find({
      server,
      folders: [this.folder],
      newIn: this.folder,
      userFolder: undefined,
      name: undefined,
      planned: () => Promise.resolve(PLANNED),
      lockTime,
      clock: SYSTEM_CLOCK,
      tell: this.reporter.trouble,
      makeKeys: testKeys,
    });
  }

  /** Its handshake with a server. */
  async handshake(
    { name = NAME, retries = 3, quirks = new Set(), clock = new LenientClock() }: SessionHabits =
      {},
  ): Promise<Handshake> {
    const { reporter } = this;
    const own = await this.own();
    const options = { name, own, retries, quirks, reporter, clock, reclaimPauses: [10, 10] };
    const handshake = await Handshake.prepare(options);
    this.#handshakes.push(handshake);
    return handshake;
  }

  /** Begins a session with a server. */
  async session(
    { address, revision }: Pick<ScriptedServer, "address" | "revision">,
    habits: SessionHabits = {},
  ): Promise<Session> {
    const clock = habits.clock ?? new LenientClock();
    const session = new Session({
      server: address,
      revision: habits.revision ?? revision,
      provenRevision: habits.provenRevision,
      retries: habits.retries ?? 3,
      retryTime: habits.retryTime ?? 0,
      timeout: habits.timeout ?? 30_000,
      clock,
      random: () => 0.5,
      packetSize: habits.packetSize,
      packetDelay: habits.packetDelay ?? 0,
      isPaceGiven: (habits.packetSize ?? habits.packetDelay) !== undefined,
      quirks: habits.quirks ?? new Set(),
      contents: new ConcurrentContents(),
      handshake: await this.handshake({ ...habits, clock }),
      reporter: this.reporter,
    });
    this.#sessions.push(session);
    return session;
  }

  /** The contents of `me.info` and `priv.key`, to see whether they are still the same. */
  async identityFiles(): Promise<readonly string[]> {
    const read = (name: string) => Deno.readTextFile(join(this.folder, name));
    return await Promise.all(["me.info", "priv.key"].map(read));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) await session.close();
    for (const handshake of this.#handshakes) await handshake.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/**
 * Fails unless `work` fails with a `ClientError` like this; `message` is a part of what it says.
 */
export async function failsWith(
  work: Promise<unknown>,
  expected: {
    readonly reason: ClientReason;
    readonly exitCode: ExitCode;
    readonly message?: RegExp;
  },
): Promise<void> {
  await rejects(work, (error) => {
    ok(error instanceof ClientError, `${error} is no ClientError`);
    const { reason, exitCode, message } = error;
    deepStrictEqual({ reason, exitCode }, {
      reason: expected.reason,
      exitCode: expected.exitCode,
    }, message);
    if (expected.message !== undefined) ok(expected.message.test(message), message);
    strictEqual(message.includes("\n"), false);
    return true;
  });
}
