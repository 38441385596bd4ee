import assert from "node:assert/strict";
import { copyFolder } from "../crashes/copy_folder.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
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

/** Declares tests of recoveries that end before they are done, at one moment in so many. */
export function testInterruptedRecovery({ oneIn }: { readonly oneIn: number }): void {
  const which = oneIn === 1 ? "any moment" : `one moment in ${oneIn}`;
  const random = new SeededRandom();

  Deno.test(`recover() can be interrupted at ${which} while it restores`, async () => {
    for (let moment = random.below(oneIn), done = false; !done; moment += oneIn) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        await commitText(storage, "old");
        await commitText(storage, "new", { kept: true });
        await losePower(storage, root);
        const mortal = dyingAt(moment);
        const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
        return await survives(recover({ catalog, store }));
      });
      await using storage = await open(root);
      await recover(storage);
      assert.equal(await wholeText(storage, root), "new");
    }
  });

  Deno.test(`recover() can be interrupted at ${which} itself`, async () => {
    for (const commitMoment of [8, 9, 10]) {
      await using crashed = await temporaryFolder();
      await firstLife(crashed.path, async (storage) => {
        await commitText(storage, "old");
        const commit = commitText(storage, "new", { mortal: dyingAt(commitMoment) });
        assert.equal(await survives(commit), false);
      });
      for (let moment = random.below(oneIn), done = false; !done; moment += oneIn) {
        await using folder = await temporaryFolder();
        const root = folder.path;
        await copyFolder(root, crashed.path);
        {
          await using storage = await open(root);
          const mortal = dyingAt(moment);
          const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
          done = await survives(recover({ catalog, store }));
        }
        await using storage = await open(root);
        await recover(storage);
        assert.equal(await wholeText(storage, root), commitMoment < 9 ? "old" : "new");
      }
    }
  });
}
