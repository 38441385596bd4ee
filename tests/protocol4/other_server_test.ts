/** A `transfer.info` that names another server than the one that the client has logged in to. */

import { doesNotMatch, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { loggedIn } from "../end_to_end/fixtures/logged_in.ts";

Deno.test("send says that transfer.info leads to another server than login", async () => {
  await using logged = await loggedIn();
  const { config, folder, run, server } = logged;
  const file = join(folder, "note.txt");
  await Deno.writeTextFile(file, "hello");
  await Deno.writeTextFile(join(config, "transfer.info"), `127.0.0.1:1\nmaya\n${file}\n`);
  const args = ["send", file, "--retries", "0"] as const;
  const astray = await run(...args);
  strictEqual(astray.code, 3, astray.stderr);
  const said = /^transfer\.info names 127\.0\.0\.1:1, which you have not logged in to: /;
  match(astray.stderr, said);
  match(astray.stderr, new RegExp(`Give --server ${RegExp.escape(server.address)} for the one`));
  doesNotMatch((await run(...args, "--quiet")).stderr, said);
  const named = await run(...args, "--server", server.address);
  strictEqual(named.code, 0, named.stderr);
  doesNotMatch(named.stderr, said);
});

Deno.test("send says that a name is not used where the client has another", async () => {
  await using logged = await loggedIn();
  const { folder, run, server: { address } } = logged;
  const file = join(folder, "note.txt");
  await Deno.writeTextFile(file, "hello");
  const said =
    /^The name "Your Name" is not used: at .* you are logged in as "maya"\. To send under/;
  for (const where of [["--server", address], []]) {
    const other = await run("send", file, ...where, "--name", "Your Name");
    strictEqual(other.code, 0, other.stderr);
    match(other.stderr, said);
    for (const words of [["--name", "maya"], ["--name", "Your Name", "--quiet"], []]) {
      doesNotMatch((await run("send", file, ...where, ...words)).stderr, said);
    }
  }
});
