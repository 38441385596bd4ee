/** Clients that connect for each request, through a real HAProxy to two servers of one database. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { cksumOf } from "../../../shared/cksum/cksum.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { Haproxy, HAS_HAPROXY, NO_HAPROXY } from "../../engines/haproxy.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_BOTH, NOT_BOTH, SharedEngines } from "../../engines/shared_servers.ts";
import { dialTcp } from "../../field/client_links.ts";
import { FieldClient } from "../../field/field_client.ts";

/** Clients of each of two habits, and the files that each sends. */
const CLIENTS = 8;
const FILES = 25;

if (HAS_BOTH && HAS_HAPROXY) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  Deno.test("Clients with a connection for each request meet no error at two servers", async () => {
    await using place = await engines.place();
    const behind = ["--proxy-protocol-from", "127.0.0.1", "--max-names-per-hour", "10000"];
    const servers = [
      await place.server("one", behind),
      await place.server("other", behind),
    ] as const;
    await using resources = new AsyncDisposableStack();
    for (const server of servers) resources.use(server);
    const addresses = servers.map(({ address }) => address);
    await using proxy = await Haproxy.start(addresses);
    let connections = 0;
    const expected: Record<string, { readonly size: number; readonly checksum: number }> = {};
    const habits = ["each request", "each packet"] as const;
    await Promise.all(
      habits.flatMap((connectionFor) =>
        Array.from({ length: CLIENTS }, async (_, at) => {
          const name = `Client ${at} for ${connectionFor}`;
          using client = new FieldClient({
            ...{ name, revision: REVISIONS["2024a"], habits: { connectionFor }, packetSize: 4_000 },
            dial() {
              connections++;
              return dialTcp(proxy.port);
            },
          });
          await client.register();
          await client.bringKey();
          for (let file = 0; file < FILES; file++) {
            const plain = seededBytes(at * FILES + file + 1, 100 + file * 500);
            await client.send({ name: `${file}.bin`, plain });
            const checksum = await cksumOf(new Blob([plain]).stream());
            expected[`${name}/${file}.bin`] = { size: plain.length, checksum };
          }
          await client.leave();
        })
      ),
    );
    const rows = await place.sql`SELECT "Name" || '/' || "FileName" AS path, "Size"::int AS size,
      "Checksum"::bigint AS checksum FROM files JOIN clients USING ("ID") WHERE "Verified" = 1`;
    const found = rows.map(({ path, size, checksum }) => {
      return [path, { size, checksum: Number(checksum) }] as const;
    });
    assert.deepEqual(Object.fromEntries(found), expected);
    assert.equal(found.length, habits.length * CLIENTS * FILES);
    assert(connections > 2 * found.length, `${connections} connections`);

    // Our own client, whose connections by TLS go to either.
    const config = join(place.folder, "config");
    await Deno.mkdir(config);
    const address = (await servers[0].printed(/^sealpost:/))
      .replace(/\/\/[^/#]*/, `//127.0.0.1:${proxy.port}`);
    const large = await makeFile(place.folder, { name: "large.bin", size: 20 * 1024 ** 2 });
    const run = async (...words: readonly string[]) => {
      const { code, stderr } = await runClient([...words, "--dir", config]);
      assert.equal(code, 0, stderr);
    };
    await run("login", address, "--name", "maya");
    await run("send", large.path);
    await run("get", large.name, "-o", join(place.folder, "back"));
    assert.deepEqual(await Deno.readFile(join(place.folder, "back")), large.content);

    for (const server of servers) {
      assert.equal(parseAddress(server.address).host, "127.0.0.1");
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      // Both had clients of their own, and neither anything to say against them.
      assert.match(stderr, /registered/);
      const told = stderr.split("\n").filter((line) => /^\S+ +(?:warning|error|fatal) /.test(line));
      assert.deepEqual(told, []);
    }
  });
} else {
  missingEngine(`Two servers behind HAProxy${NOT_BOTH || NO_HAPROXY}`);
}
