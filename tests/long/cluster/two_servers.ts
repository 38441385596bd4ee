import assert from "node:assert/strict";
import { join } from "node:path";

import { HttpConnection } from "../../../client/protocol4/connection/http_connection.ts";
import type { RequestBody } from "../../../client/protocol4/connection/request.ts";
import { openServerStorage, type ServerStorage } from "../../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { parseServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import type { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { GATEWAY_KEYS } from "../../engines/s3_gateway.ts";
import type { SharedEngines, SharedPlace } from "../../engines/shared_servers.ts";
import { ClearBridge } from "../../peers/clear_bridge.ts";
import { registered } from "../../protocol4/fixtures/test_user.ts";

/** Milliseconds for an answer, on a machine with much to do. */
const TIMEOUT = 120_000;

/** Two servers, and a client of protocol 4 that is known to both. */
export interface Two extends SharedPlace {
  readonly one: RunningServer;
  readonly other: RunningServer;
  /** Asks a server over a connection of its own. */
  readonly ask: (at: RunningServer, request: Asked) => Promise<Answered>;
  /** A third server's storage, which sweeps what was replaced so many milliseconds ago. */
  readonly third: (garbageTime: number) => Promise<ServerStorage>;
}

/** A request of the client. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

/** What was answered to it. */
export interface Answered {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string> | Headers;
  /** The whole body. */
  readonly bytes: () => Promise<Uint8Array>;
  /** Reads the body up to so many bytes. */
  readonly some: (bytes: number) => Promise<Uint8Array>;
}

/** Returns a function that defines a test of two servers, which are given these flags. */
export function testsOfTwo(
  engines: SharedEngines,
): (sentence: string, work: (two: Two) => Promise<void>, flags?: readonly string[]) => void {
  return (sentence, work, flags = []) => {
    Deno.test(sentence, async () => {
      await using resources = new AsyncDisposableStack();
      const place = resources.use(await engines.place());
      const one = resources.use(await place.server("one", flags));
      const other = resources.use(await place.server("other", flags));
      const address = await one.printed(/^sealpost:/);
      const { spki } = parseServerAddress(address);
      assert(spki !== undefined);
      const { token } = await registered(resources.use(new ClearBridge(address)), "Maya");
      await work({
        ...{ ...place, one, other },
        async ask(at, { headers = {}, ...request }) {
          const options = { timeout: TIMEOUT, clock: SYSTEM_CLOCK };
          const server = { ...parseAddress(at.address), spki };
          const connection = await HttpConnection.open(server, options);
          resources.defer(() => connection.close());
          const answer = await connection.request({
            ...request,
            headers: { ...headers, authorization: `Bearer ${token}` },
          });
          const { status, body } = answer;
          const some = async (most: number) => {
            const all = new Uint8Array(most);
            let at = 0;
            while (at < most) {
              const read = await body.read(all.subarray(at));
              if (read === undefined) break;
              at += read;
            }
            return all.subarray(0, at);
          };
          const length = Number(answer.headers.get("content-length") ?? 0);
          return { status, headers: answer.headers, some, bytes: () => some(length) };
        },
        third: async (garbageTime) =>
          resources.use(
            await openServerStorage({
              data: join(place.folder, `third ${garbageTime}`),
              database: place.database.url,
              clock: SYSTEM_CLOCK,
              bucket: {
                ...{ place: place.bucket.place, keys: GATEWAY_KEYS },
                spool: undefined,
                garbageTime,
              },
            }),
          ),
      });
    });
  };
}
