import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { lchown } from "node:fs/promises";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { doubtAbout } from "./doubt.ts";
import { makePlan } from "./plan.ts";
import { terminalAsker } from "./terminal_asker.ts";

/** Owners are changed by the administrator alone. */
const isAdministrator = Deno.build.os !== "windows" && await ownerOfNewFile() === 0;
const NO_OWNERS = isAdministrator ? "" : " (ignored: only root gives files away)";

/** A user that these tests are not run by. */
const STRANGER = 12_345;

async function ownerOfNewFile(): Promise<number | null> {
  const made = await Deno.makeTempFile();
  const { uid } = await Deno.stat(made);
  await Deno.remove(made);
  return uid;
}

/**
 * A folder `send/` with a `transfer.info`, beside `home/`, in which the files at these paths are.
 */
async function placed(own: OwnParty, paths: readonly string[]) {
  const folder = join(own.folder, "send");
  const info = join(folder, "transfer.info");
  const home = join(own.folder, "home");
  await Deno.mkdir(folder);
  await Deno.mkdir(home);
  await Deno.writeTextFile(info, "127.0.0.1:1\nBo\nfile\n");
  for (const path of paths) {
    await Deno.mkdir(join(own.folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(own.folder, path), "content");
  }
  return { folder, info, home };
}

for (
  const [path, doubt] of [
    ["send/report.txt", undefined],
    ["send/.drafts/report.txt", undefined],
    ["home/report.txt", undefined],
    ["home/.ssh/id_ed25519", /outside of its folder and in a hidden place$/],
    ["home/.netrc", /outside of its folder and in a hidden place$/],
    ["home/me.info", /which is an identity/],
    ["home/priv.key", /which is an identity/],
    ["home/PRIV.KEY", /which is an identity/],
    ["home/.priv.key.new", /which is an identity/],
    ["home/me.info.old", /which is an identity/],
    ["home/servers/a_1/me.info", /which is an identity/],
    ["send/priv.key", /which is an identity/],
    ["home/me.information", undefined],
  ] as const
) {
  const does = doubt === undefined ? "does not doubt" : "doubts";
  Deno.test(`doubtAbout() ${does} ${path} where send/transfer.info names it`, async () => {
    await using own = await OwnParty.stranger();
    const place = await placed(own, [path]);
    const said = await doubtAbout(join(own.folder, path), place);
    if (doubt === undefined) strictEqual(said, undefined);
    else match(said ?? "", doubt);
  });
}

Deno.test("doubtAbout() judges a link by its target, inside a hidden folder too", async () => {
  await using own = await OwnParty.stranger();
  const place = await placed(own, ["home/.ssh/id_rsa", "home/open.txt"]);
  for (const [name, target] of [["key.txt", ".ssh/id_rsa"], ["text.txt", "open.txt"]] as const) {
    await Deno.symlink(join(place.home, target), join(place.folder, name));
  }
  const real = await Deno.realPath(join(place.home, ".ssh", "id_rsa"));
  const said = await doubtAbout(join(place.folder, "key.txt"), place) ?? "";
  match(said, /in a hidden place$/);
  strictEqual(said.includes(`names "${real}"`), true, said);
  strictEqual(await doubtAbout(join(place.folder, "text.txt"), place), undefined);
  strictEqual(await doubtAbout(join(place.folder, "none"), place), undefined);
  const hidden = { ...place, folder: join(place.home, ".ssh") };
  strictEqual(await doubtAbout(join(place.home, ".ssh", "id_rsa"), hidden), undefined);
});

Deno.test({
  name: `doubtAbout() asks who wrote a transfer.info that names a file outside${NO_OWNERS}`,
  ignore: !isAdministrator,
  async fn() {
    await using own = await OwnParty.stranger();
    const place = await placed(own, ["home/report.txt", "send/report.txt"]);
    const outside = join(place.home, "report.txt");
    await Deno.chown(place.info, STRANGER, null);
    const said = await doubtAbout(outside, place);
    match(said ?? "", /outside of its folder, and belongs to another user$/);
    match(await doubtAbout(outside, { ...place, home: undefined }) ?? "", /another user$/);
    strictEqual(await doubtAbout(join(place.folder, "report.txt"), place), undefined);
    // The user is the one who owns the home folder, and the owner of a file may name it.
    await Deno.chown(place.home, STRANGER, null);
    strictEqual(await doubtAbout(outside, place), undefined);
    await Deno.chown(place.home, 0, null);
    await Deno.chown(outside, STRANGER, null);
    strictEqual(await doubtAbout(outside, place), undefined);
    // A link of the stranger to a transfer.info of the user's own.
    await Deno.chown(outside, 0, null);
    await Deno.rename(place.info, join(place.home, "transfer.info"));
    await Deno.chown(join(place.home, "transfer.info"), 0, null);
    await Deno.symlink(join(place.home, "transfer.info"), place.info);
    strictEqual(await doubtAbout(outside, place), undefined);
    await lchown(place.info, STRANGER, STRANGER);
    match(await doubtAbout(outside, place) ?? "", /another user$/);
  },
});

/** A plan for a doubtful file, with these answers of a user; without any, no user can be asked. */
async function planOf(own: OwnParty, answers: readonly (string | null)[] | undefined) {
  const { folder } = await placed(own, ["home/.ssh/id_rsa"]);
  const key = join(own.folder, "home", ".ssh", "id_rsa");
  await Deno.writeTextFile(join(folder, "transfer.info"), `127.0.0.1:1\nBo\n${key}\n`);
  const left = [...answers ?? []];
  const shown: string[] = [];
  const ask = (question: string) => {
    shown.push(question);
    return left.shift() ?? null;
  };
  const tell = (line: string) => void shown.push(line);
  const plan = makePlan({
    settings: { server: undefined, name: undefined, files: [] },
    folder,
    identityOf: () => Promise.resolve(undefined),
    asker: answers && terminalAsker({ ask, tell }, { program: "sealpost" }),
  });
  return { plan, shown, key };
}

Deno.test("makePlan() shows a doubtful file and asks for it once", async () => {
  for (const answers of [["y"], ["perhaps", "YES"]]) {
    await using own = await OwnParty.stranger();
    const { plan, shown, key } = await planOf(own, answers);
    deepStrictEqual((await plan).files, [key]);
    match(shown[0] ?? "", /transfer\.info" names ".*id_rsa", outside of its folder/);
    strictEqual(shown[1], "Send it to 127.0.0.1:1? [y/N]");
    strictEqual(shown.length, 2 * answers.length);
  }
});

Deno.test("makePlan() does not send a doubtful file unless the user says so", async () => {
  for (
    const [answers, exitCode] of [
      [[""], EXIT.usage],
      [["n"], EXIT.usage],
      [[null], EXIT.interrupted],
    ] as const
  ) {
    await using own = await OwnParty.stranger();
    const { plan } = await planOf(own, answers);
    await failsWith(plan, { reason: "interrupted", exitCode, message: /^Nothing was sent/ });
  }
});

Deno.test("makePlan() refuses a doubtful file where it cannot ask", async () => {
  await using own = await OwnParty.stranger();
  const { plan } = await planOf(own, undefined);
  await failsWith(plan, {
    reason: "bad-configuration",
    exitCode: EXIT.usage,
    message:
      /hidden place; name it yourself if it is to be sent: deno task client ".*\/\.ssh\/id_rsa"$/,
  });
});
