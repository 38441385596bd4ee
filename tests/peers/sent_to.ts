import { ok } from "node:assert/strict";
import type { Address } from "../../shared/text/address.ts";
import { NAME, type OwnParty } from "./own_party.ts";
import { ScriptedServer } from "./scripted_server.ts";
import { testKeys } from "./test_keys.ts";
import { Handshake } from "../../client/protocol3/handshake.ts";
import { Session } from "../../client/protocol3/session.ts";
import { ConcurrentContents } from "../../client/protocol3/sending/encrypted_content.ts";
import {
  OwnIdentity,
  type OwnIdentityOptions,
} from "../../client/protocol3/identity/own_identity.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";

/** Sends a file to a server as the client program does; returns the lines for the user. */
export async function sendTo(
  server: ScriptedServer,
  own: OwnParty,
  options: Partial<OwnIdentityOptions> & {
    /** The server in `transfer.info`. */
    readonly plan?: Address;
    readonly register?: string;
    /** Whether a file is sent, or the client is only result. Default: true. */
    readonly sends?: boolean;
  } = {},
): Promise<readonly string[]> {
  const { plan, register = NAME, sends = true, ...more } = options;
  const clock = SYSTEM_CLOCK;
  const told: string[] = [];
  const tell = (line: string) => void told.push(line);
  const file = await own.file(`${crypto.randomUUID()}.txt`, "abc");
  const handshake = await Handshake.prepare({
    name: register,
    own: await OwnIdentity.find({
      ...{ server: server.address, folders: [own.folder], newIn: own.folder, name: undefined },
      ...{ userFolder: undefined, planned: () => Promise.resolve(plan), lockTime: 30_000, tell },
      clock,
      makeKeys: testKeys,
      ...more,
    }),
    ...{ clock, retries: 0, quirks: new Set(), reclaimPauses: [10, 10] },
    reporter: { trouble: tell, detail: () => {} },
  });
  const session = new Session({
    ...{
      server: server.address,
      revision: server.revision,
      retries: 0,
      retryTime: 0,
      timeout: 30_000,
    },
    ...{ clock, packetSize: undefined, packetDelay: 0, quirks: new Set(), handshake },
    contents: new ConcurrentContents(),
    reporter: { trouble: tell, detail: () => {} },
  });
  try {
    if (sends) await session.send(file, () => {});
    else ok(await session.open());
  } finally {
    await session.close();
  }
  return told;
}

/** A server that speaks the revision 2024a. */
export const server2024 = () => new ScriptedServer({ revision: "2024a" });

/** The names of the requests that each server heard, one after the other. */
export const heard = ({ heard }: ScriptedServer) =>
  heard.flat().filter((kind) => kind !== "crcValid");
