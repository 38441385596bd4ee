/** Files that another program writes to while they are sent. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Sendable } from "../../client/remote/tree_sender.ts";
import { runSendTree } from "../../client/send_tree/run_send_tree.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { type Computer, computer, get } from "./fixtures/computer.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { writtenContext } from "./fixtures/written_context.ts";

/** Sends files, each of which becomes another one after it was looked at. */
async function sendChanged(
  { tree }: Computer,
  files: readonly string[],
  { allowGrowing, change }: {
    readonly allowGrowing: boolean;
    readonly change: (path: string) => Promise<void>;
  },
): Promise<{ readonly code: number; readonly errors: string }> {
  const [send, create] = [tree.send.bind(tree), tree.create.bind(tree)];
  tree.create = async (file) => {
    await change(file.path);
    return await create(file);
  };
  tree.send = (entries, events) => {
    async function* changed(): AsyncGenerator<Sendable> {
      for await (const sendable of entries) {
        await change(sendable.entry.path);
        yield sendable;
      }
    }
    return send(changed(), events);
  };
  const { context, written } = writtenContext();
  const settings = { files, as: undefined, onConflict: "replace", allowGrowing } as const;
  const shown = { json: false, quiet: false, verbose: false };
  const open = () => Promise.resolve(tree);
  try {
    const code = await runSendTree({ ...settings, ...shown }, context, open);
    return { code, errors: written().errors };
  } finally {
    [tree.send, tree.create] = [send, create];
  }
}

Deno.test("a file that grows is sent as it was looked at, if that is wished", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  for (const size of [0, 5_000, 2_500_000]) {
    const name = `of ${size}`;
    const path = join(here.folder, name);
    const before = lcg(3, size);
    await Deno.writeFile(path, before);
    await Deno.utime(path, new Date(1.6e12), new Date(1.6e12));
    const change = (path: string) => Deno.writeFile(path, lcg(4, 400), { append: true });
    const refused = await sendChanged(here, [path], { allowGrowing: false, change });
    strictEqual(refused.code, 2, refused.errors);
    match(refused.errors, /changed while it was sent; .* or with --allow-growing if it only grows/);
    await Deno.writeFile(path, before);
    const sent = await sendChanged(here, [path], { allowGrowing: true, change });
    strictEqual(sent.code, 0, sent.errors);
    await get(here, name, "back");
    deepStrictEqual(await Deno.readFile(join(here.folder, "back", name)), before);
  }
});

Deno.test("a file that may grow and becomes shorter is not sent", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  for (const size of [5_000, 2_500_000]) {
    const path = join(here.folder, `of ${size}`);
    await Deno.writeFile(path, lcg(3, size));
    const change = (path: string) => Deno.truncate(path, size - 1);
    const { code, errors } = await sendChanged(here, [path], { allowGrowing: true, change });
    strictEqual(code, 2, errors);
    match(errors, /became shorter while it was sent; nothing of it was stored/);
  }
});
