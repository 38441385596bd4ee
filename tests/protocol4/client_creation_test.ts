/** A small file that is sent alone goes up at once; what is there is asked if that is refused. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { LostConnection } from "../../client/protocol4/connection/errors.ts";
import { runSendTree } from "../../client/send_tree/run_send_tree.ts";
import type { SendTreeSettings } from "../../client/settings/send_settings.ts";
import { type Computer, computer, get } from "./fixtures/computer.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { writtenContext } from "./fixtures/written_context.ts";

/** The result of sending a file, the exit code, and the requests that the server got. */
interface Outcome {
  readonly said: string;
  readonly code: number;
  readonly asked: readonly string[];
}

async function send(
  { tree, session, folder }: Computer,
  name: string,
  onConflict: SendTreeSettings["onConflict"] = "ask",
): Promise<Outcome> {
  const { context, written } = writtenContext();
  const asked: string[] = [];
  session.onRequest = ({ method, path }) => void asked.push(`${method} ${path.split("?")[0]}`);
  const code = await runSendTree(
    {
      ...{ files: [join(folder, name)], as: undefined, onConflict, allowGrowing: false },
      ...{ json: true, quiet: false, verbose: false },
    },
    context,
    () => Promise.resolve(tree),
  );
  const { reason, status, path } = JSON.parse(written().results);
  return { said: reason ?? `${status} ${path}`, code, asked };
}

/** Writes a short file with a modification time in 2020. */
async function write({ folder }: Computer, name: string, text: string, day = 1): Promise<void> {
  await Deno.writeTextFile(join(folder, name), text);
  const time = new Date(Date.UTC(2020, 0, day));
  await Deno.utime(join(folder, name), time, time);
}

/** Two computers of one client. */
async function twoComputers(served: ServedApplication) {
  const maya = await registered(served, "Maya");
  const stack = new AsyncDisposableStack();
  const [here, there] = [
    stack.use(await computer(served, maya)),
    stack.use(await computer(served, maya)),
  ];
  return { here, there, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const AT_ONCE = "PUT /v4/files/a";
const LIST = "GET /v4/files";
const BATCH = "POST /v4/batch";

Deno.test("a small file is looked up only where this computer has sent one before", async () => {
  await using served = await servedApplication();
  await using both = await twoComputers(served);
  const { here, there } = both;
  await write(here, "a", "first");
  deepStrictEqual(await send(here, "a"), { said: "sent a", code: 0, asked: [AT_ONCE] });
  deepStrictEqual(await send(here, "a"), { said: "unchanged a", code: 0, asked: [LIST] });
  await write(here, "a", "second", 2);
  deepStrictEqual(await send(here, "a"), { said: "sent a", code: 0, asked: [LIST, BATCH] });
  await here.tree.remove(["a"], { recursive: false });
  deepStrictEqual(await send(here, "a"), { said: "sent a", code: 0, asked: [AT_ONCE] });
  // Another computer has no record of it, and is told that it exists.
  await write(there, "a", "second", 2);
  deepStrictEqual(await send(there, "a"), { said: "unchanged a", code: 0, asked: [AT_ONCE] });
  strictEqual(served.counters.value("files-stored"), 3);
  await write(there, "large", "x".repeat(64 * 1024 + 1));
  const asked = [LIST, BATCH];
  deepStrictEqual(await send(there, "large"), { said: "sent large", code: 0, asked });
});

Deno.test("a small file in the place of another's comes to what it does in a list", async () => {
  const looked = [AT_ONCE, LIST];
  const rows: readonly (readonly [SendTreeSettings["onConflict"], Outcome, string])[] = [
    ["ask", { said: "name-conflict", code: 2, asked: looked }, "theirs"],
    ["refuse", { said: "name-conflict", code: 2, asked: looked }, "theirs"],
    ["skip", { said: "skipped a", code: 0, asked: looked }, "theirs"],
    ["rename", { said: "sent a (2)", code: 0, asked: [...looked, BATCH] }, "theirs"],
    ["replace", { said: "sent a", code: 0, asked: [...looked, BATCH] }, "of ours"],
  ];
  for (const [choice, expected, left] of rows) {
    await using served = await servedApplication();
    await using both = await twoComputers(served);
    const { here, there } = both;
    await write(there, "a", "theirs");
    await send(there, "a");
    await write(here, "a", "of ours", 2);
    deepStrictEqual(await send(here, "a", choice), expected, choice);
    await get(here, "a", "back");
    strictEqual(await Deno.readTextFile(join(here.folder, "back/a")), left, choice);
  }
});

Deno.test("a small file with the size and time of what is there is not sent", async () => {
  await using served = await servedApplication();
  await using both = await twoComputers(served);
  const { here, there } = both;
  await write(there, "a", "theirs");
  await send(there, "a");
  await write(here, "a", "thairs");
  const asked = [AT_ONCE, LIST];
  deepStrictEqual(await send(here, "a"), { said: "unchanged a", code: 0, asked });
});

Deno.test("a small file of which the answer was lost is known as this computer's own", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  const { session } = here;
  const request = session.request.bind(session);
  session.request = async (wanted) => {
    const { body } = await request(wanted);
    await body.bytes();
    throw new LostConnection("connection-lost", "The client was killed");
  };
  await write(here, "a", "first");
  const lost = { said: "connection-lost", code: 1, asked: [AT_ONCE] };
  deepStrictEqual(await send(here, "a"), lost);
  session.request = request;
  await write(here, "a", "second", 2);
  deepStrictEqual(await send(here, "a"), { said: "sent a", code: 0, asked: [LIST, BATCH] });
});

Deno.test("a small file in place of a folder, or without room, is refused as ever", async () => {
  await using served = await servedApplication({ limits: { filesPerClient: 1 } });
  await using both = await twoComputers(served);
  const { here, there } = both;
  await Deno.mkdir(join(there.folder, "a"));
  await write(there, "a/b", "theirs");
  await send(there, "a");
  await write(here, "a", "of ours");
  deepStrictEqual(await send(here, "a"), {
    ...{ said: "name-conflict", code: 2, asked: [AT_ONCE, LIST] },
  });
  await write(here, "c", "one more");
  deepStrictEqual(await send(here, "c"), {
    ...{ said: "too-many-files", code: 1, asked: ["PUT /v4/files/c", LIST, BATCH] },
  });
});
