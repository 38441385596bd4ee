/** What `ls`, `rm` and `mv` say where a user of other programs expects something else. */

import { match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { loggedIn } from "./fixtures/logged_in.ts";

Deno.test("rm and mv say what gets around a refusal, and mv changes case", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  for (const each of ["photos", "notes"]) {
    await Deno.mkdir(join(folder, each));
    await Deno.writeTextFile(join(folder, each, "a.txt"), each);
  }
  strictEqual((await run("send", join(folder, "photos"), join(folder, "notes"))).code, 0);
  const full = await run("rm", "photos");
  strictEqual(full.code, 4);
  match(full.stderr, /The folder is not empty; -r removes it with all that is in it\n$/);
  const taken = await run("mv", "photos/a.txt", "notes");
  strictEqual(taken.code, 4);
  match(taken.stderr, /The name is in use; give another path, or --replace if it is a file\n$/);
  strictEqual((await run("mv", "photos/a.txt", "notes", "--replace")).code, 0);
  const cased = await run("mv", "photos", "Photos");
  strictEqual(cased.stdout, '"photos" is "Photos" now\n', cased.stderr);
  strictEqual((await run("ls")).stdout, "notes/\nPhotos/\n");
});

Deno.test("ls of several paths says of each entry in which folder it is", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  await Deno.mkdir(join(folder, "photos/old"), { recursive: true });
  await Deno.writeTextFile(join(folder, "photos/a"), "1");
  await Deno.writeTextFile(join(folder, "photos/old/a"), "22");
  strictEqual((await run("send", join(folder, "photos"))).code, 0);
  const both = await run("ls", "photos", "photos/old");
  strictEqual(both.stdout, "photos/a\nphotos/old/\nphotos/old/a\n");
  strictEqual((await run("ls", "photos/old")).stdout, "a\n");
});
