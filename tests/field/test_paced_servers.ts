/** Servers that need small packets, and a program that is not told so. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";

/** A server that takes a receive of so many bytes at most, and what is on record of it then. */
interface PacedServer {
  readonly revision: RevisionName;
  readonly mostContent: number;
  readonly record: string;
}

/** Declares a test for each server: the program finds its packets, and knows them again. */
export function testPacedServers(servers: readonly PacedServer[]): void {
  for (const { revision, mostContent, record } of servers) {
    Deno.test(`The program finds that ${revision} takes packets of ${mostContent}`, async () => {
      const server = new FieldServer({ revision, habits: { mostContent } });
      await using known = await Acquaintance.with(server);
      const { stderr } = await known.sendSizes("first");
      ok(/^Sending "first-65537.bin" in packets of 7902 bytes, 5 ms apart$/m.test(stderr), stderr);
      strictEqual(
        await Deno.readTextFile(await known.record()),
        `--revision ${revision}\n${record}`,
      );
      const refused = server.refusals.length;
      const second = await known.sendSizes("second");
      deepStrictEqual([second.stderr, server.refusals.length], ["", refused]);
      deepStrictEqual(second.heard.map(([word]) => word), ["reconnect"]);
    });
  }
}
