/** What a signal does to a server as a process, by its kind. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { databaseIn, fileRows, stagedFiles, storedFiles } from "./fixtures/data_folder.ts";
import { HalfSent } from "./fixtures/half_sent.ts";
import { recoveredServer } from "./fixtures/recovered_server.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

/** Longer than any test: where a test passes in time, it was not the grace period that ended. */
export const LONG_GRACE: readonly string[] = [...ON_LOOPBACK, "--grace", "1h"];

/** A signal that asks a server to stop. */
type StopSignal = "SIGTERM" | "SIGINT";

/** Declares a test of a server that does nothing when the signal comes. */
export function testIdleEnd(signal: StopSignal): void {
  Deno.test(`${signal} ends an idle server with exit code 0`, async () => {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path);
    const { code, stdout, stderr } = await server.stop(signal);
    assert.equal(code, 0);
    assert.match(stdout, /^listening on \S+\nsealpost:\S+\n$/);
    assert.match(stderr, /^\S+ +info +Stopped\n$/);
  });
}

/** Declares a test of a server that is stopping when a signal of another kind comes. */
export function testHardEnd(
  { first, second, exitCode }: {
    readonly first: StopSignal;
    readonly second: StopSignal;
    readonly exitCode: number;
  },
): void {
  Deno.test(`${second} after ${first} ends the server at once; a start cleans up`, async () => {
    await using data = await temporaryFolder();
    {
      await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
      using client = await HalfSent.begin(server.address, { name: "Hurried", data: data.path });
      server.signal(first);
      await server.logged(/Stopping: 1 connections are open/);
      assert.equal((await server.stop(second)).code, exitCode);
      await client.ended();
    }
    assert.equal((await stagedFiles(data.path)).length, 1);
    await using server = await recoveredServer(data.path, RunningServer.here);
    assert.deepEqual(await stagedFiles(data.path), []);
    assert.deepEqual(await storedFiles(data.path), []);
    assert.match((await server.stop()).stderr, /Removed 1 unfinished uploads/);
    assert.deepEqual(fileRows(databaseIn(data.path)), []);
  });
}
