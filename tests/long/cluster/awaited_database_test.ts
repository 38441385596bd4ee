/** A server that is started before its PostgreSQL answers. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";
import { DidNotStart, ON_LOOPBACK } from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import {
  HAS_BOTH,
  NOT_BOTH,
  SharedEngines,
  type SharedPlace,
} from "../../engines/shared_servers.ts";

/** The line of a server that waits. */
const WAITS = /Tries again for \d+ s: .*ECONNREFUSED.*see that it runs/;

/** Starts a server, and returns what it says, once it waits for its database. */
async function waiting({ folder, database, bucket, keys }: SharedPlace) {
  const stores = ["--database", database.url, "--store", bucket.text];
  const child = startProgram("server", [
    ...["--data", join(folder, "waiting")],
    ...[...ON_LOOPBACK, ...stores],
  ], { env: keys });
  const [stdout, stderr] = [new Lines(child.stdout), new Lines(child.stderr)];
  let isOver = false;
  child.status.then(() => isOver = true);
  await stderr.find(WAITS);
  const ended = async () => {
    const [{ code }] = await Promise.all([child.status, stdout.done, stderr.done]);
    return { code, stderr: stderr.text };
  };
  return {
    ...{ stdout, ended },
    stop: () => child.kill("SIGTERM"),
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await child.status;
    },
  };
}

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  /** A place whose database is away until it is started, at the end of the test at the latest. */
  const test = (
    sentence: string,
    work: (place: SharedPlace, start: () => Promise<void>) => Promise<void>,
  ) => {
    Deno.test(sentence, async () => {
      await using place = await engines.place();
      await engines.postgresql.kill();
      let isAway = true;
      const start = async () => {
        isAway = false;
        await engines.postgresql.restart();
      };
      try {
        await work(place, start);
      } finally {
        if (isAway) await start();
      }
    });
  };

  test("A server waits for a database that is started after it", async (place, start) => {
    await using server = await waiting(place);
    const { stdout, stop, ended } = server;
    await start();
    assert.match((await stdout.first(1)).join(), /^listening on 127/);
    stop();
    const { code, stderr } = await ended();
    assert.equal(code, 0, stderr);
    // It is told once, however often it is tried.
    assert.equal(stderr.match(/Tries again/g)?.length, 1, stderr);
  });

  test("A database that does not come is given up in time, with the reason", async (place) => {
    const begun = performance.now();
    const started = place.server("given up", ["--database-timeout", "3s"]);
    const [result] = await Promise.allSettled([started]);
    assert(result.status === "rejected" && result.reason instanceof DidNotStart, result.status);
    const { code, stderr } = result.reason.ended;
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /Tries again for 2 s: .*\n.*error: The database .*ECONNREFUSED/,
    );
    assert(performance.now() - begun > 1_500, "It was tried again");
  });

  test("A server that waits for its database stops when it is asked to", async (place) => {
    await using server = await waiting(place);
    const { stop, ended } = server;
    stop();
    const { code, stderr } = await ended();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /error/);
  });
} else {
  missingEngine(`A server waits for its database${NOT_BOTH}`);
}
