import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import {
  commitText,
  dyingAt,
  firstLife,
  losePower,
  open,
  recover,
  survives,
  wholeText,
} from "./short_lives.ts";

/**
 * Declares tests of a crash at each moment of a commit of the text "new", with each of these texts
 * as the version before it; with undefined there is none.
 */
export function testCrashedCommits(olds: readonly (string | undefined)[]): void {
  for (const old of olds) testCrashes(old);
  for (const old of olds) testPowerLosses(old);
}

function testCrashes(old: string | undefined): void {
  Deno.test(`recover() finds a whole version after any crash, with ${nameOf(old)}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        if (old !== undefined) await commitText(storage, old);
        return await survives(commitText(storage, "new", { mortal: dyingAt(moment) }));
      });
      await using storage = await open(root);
      const first = await recover(storage);
      const { settled: _, recorded = [], withdrawn = [], ...rest } = first;
      assert.deepEqual(rest, {});
      assert.ok(recorded.length + withdrawn.length <= 1);
      const text = await wholeText(storage, root);
      found.push(text);
      if (done) assert.equal(text, "new");
      const second = await recover(storage);
      assert.deepEqual(second, {});
      assert.equal(await wholeText(storage, root), text);
    }
    // Two crash points for each of the five steps, and the complete run: the new version is current
    // as soon as it is placed.
    assert.deepEqual(found, [...Array(9).fill(old), "new", "new", "new", "new"]);
  });
}

function testPowerLosses(old: string | undefined): void {
  Deno.test(`recover() finds a kept version after a power loss, with ${nameOf(old)}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        if (old !== undefined) await commitText(storage, old);
        const commit = commitText(storage, "new", { kept: true, mortal: dyingAt(moment) });
        const survived = await survives(commit);
        await losePower(storage, root);
        return survived;
      });
      await using storage = await open(root);
      const first = await recover(storage);
      const text = await wholeText(storage, root);
      found.push(text);
      const { settled: _, restored = [], ...rest } = first;
      assert.equal(restored.length, text === "new" ? 1 : 0);
      assert.deepEqual(rest, {});
      assert.deepEqual(await recover(storage), {});
      assert.equal(await wholeText(storage, root), text);
    }
    // Two crash points for each of the five steps, and the complete run: the new version is current
    // as soon as the catalog has it.
    assert.deepEqual(found, [...Array(9).fill(old), "new", "new", "new", "new"]);
  });
}

function nameOf(old: string | undefined): string {
  return old === undefined ? "no old version" : `an old version of ${old.length} bytes`;
}
