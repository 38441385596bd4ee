import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { failsWith, OwnParty } from "../../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import { always, first } from "../../../tests/peers/scripts.ts";
import { EXIT } from "../../client_error.ts";
import { heard, sendTo } from "../../../tests/peers/sent_to.ts";

Deno.test("A registration cut off before the key continues with the granted id", async () => {
  await using own = await OwnParty.oldFriend();
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: first(1, "publicKey", "close"),
  });
  const plan = server.address;
  const before = await own.identityFiles();
  await rejects(sendTo(server, own, { plan }));
  deepStrictEqual(await own.identityFiles(), before);
  await sendTo(server, own, { plan });
  deepStrictEqual(server.heard[1]?.slice(0, 3), ["reconnect", "publicKey", "file"]);
});

Deno.test("A taken name is asked for again if an earlier run got no answer", async () => {
  await using own = await OwnParty.stranger();
  let asked = 0;
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("register", async (_request, { official }) => {
      asked += 1;
      // The first answer is lost; then the name is not free for a while.
      if (asked === 1) return "close";
      if (asked === 2) return { kind: "registrationRefused" };
      return await official();
    }),
  });
  await rejects(sendTo(server, own));
  const told = await sendTo(server, own);
  strictEqual(asked, 3);
  ok(told.some((line) => line.includes("asking again in 0.01 s")), told.join());
});

Deno.test("A name of another client is asked for once, and no draft is left", async () => {
  await using own = await OwnParty.stranger();
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("register", { kind: "registrationRefused" }),
  });
  await failsWith(sendTo(server, own), { reason: "name-taken", exitCode: EXIT.refused });
  deepStrictEqual(heard(server), ["register"]);
  const names = await Array.fromAsync(Deno.readDir(own.folder), ({ name }) => name);
  deepStrictEqual(names.filter((name) => !name.endsWith(".txt")), []);
});
