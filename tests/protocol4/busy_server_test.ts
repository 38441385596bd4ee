/** Sending to a server that has too much to do, or whose database or bucket is away for a while. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";

import { StorageError, type StorageReason } from "../../server/storage/storage_error.ts";
import { UploadRequests } from "../../client/protocol4/sending/upload_requests.ts";
import { computer, send } from "./fixtures/computer.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** Has what stores files fail so many times, for a reason. Returns how often it is left to fail. */
function failing({ storage }: ServedApplication, reason: StorageReason, times: number) {
  const left = { times };
  const { tree, uploads } = storage;
  const [recordAll, open] = [tree.recordAll.bind(tree), uploads.open.bind(uploads)];
  const orFail = <T>(work: () => Promise<T>): Promise<T> =>
    left.times-- > 0 ? Promise.reject(new StorageError(reason, "It is away")) : work();
  tree.recordAll = (...asked) => orFail(() => recordAll(...asked));
  uploads.open = (...asked) => orFail(() => open(...asked));
  return left;
}

Deno.test("a file is sent again to a server whose storage is away, small or large", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  for (const reason of ["database-unreachable", "store-timed-out", "contents-gone"] as const) {
    for (const size of [10, 1_500_000]) {
      const name = `${reason} ${size}`;
      await Deno.writeFile(join(here.folder, name), new Uint8Array(size).fill(1));
      const before = here.session.waits;
      // More often than a lost connection is retried.
      const left = failing(served, reason, 4);
      deepStrictEqual(await send(here, name), { [name]: "sent" });
      ok(left.times < 0);
      strictEqual(here.session.waits - before, 4, name);
      strictEqual((await here.tree.entry([name]))?.kind, "file");
    }
  }
});

Deno.test("a part that is refused early is read no further when the rest is sent", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  const sent = Promise.withResolvers<void>();
  const requests = new UploadRequests({
    async request(request) {
      const answer = await here.session.request(request);
      if (request.method !== "PATCH") return answer;
      // As long as a piece of the body is still read.
      return { ...answer, sent: sent.promise.then(() => answer.sent) };
    },
  });
  const url = await requests.createDeferred(["large"]);
  failing(served, "database-unreachable", 1);
  async function* pieces() {
    yield await Promise.resolve(new Uint8Array(10));
  }
  let isRefused = false;
  const refused = requests.append(url, { offset: 0, size: 10, pieces: pieces() })
    .finally(() => isRefused = true);
  refused.catch(() => {});
  for (let look = 0; look < 3; look++) strictEqual(await requests.offset(url, 10), 0);
  strictEqual(isRefused, false);
  sent.resolve();
  await rejects(refused, { reason: "server-busy" });
});

Deno.test("a server that stays busy is given up when the time is over", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  failing(served, "database-busy", Infinity);
  here.session.mostWaits = 3;
  await Deno.writeFile(join(here.folder, "large"), new Uint8Array(1_500_000));
  deepStrictEqual(await send(here, "large"), { large: "server-busy" });
  strictEqual(here.session.waits, 3);
  here.session.waits = 0;
  await Deno.writeFile(join(here.folder, "small"), new Uint8Array(10));
  await rejects(send(here, "small"), { reason: "server-busy" });
  strictEqual(here.session.waits, 3);
});
