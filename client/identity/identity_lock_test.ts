import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { IdentityLock } from "./identity_lock.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

Deno.test("An IdentityLock is had by one at a time", async () => {
  await using own = await OwnParty.stranger();
  const turns: string[] = [];
  const first = await IdentityLock.acquire(own.folder, { lockTime: 60_000, clock: SYSTEM_CLOCK });
  const second = IdentityLock.acquire(own.folder, { lockTime: 60_000, clock: SYSTEM_CLOCK }).then(
    async (lock) => {
      turns.push("second");
      await lock[Symbol.asyncDispose]();
    },
  );
  turns.push("first");
  await first[Symbol.asyncDispose]();
  await second;
  deepStrictEqual(turns, ["first", "second"]);
});

Deno.test("IdentityLocks of many clients never overlap and leave no file", async () => {
  await using own = await OwnParty.stranger();
  let holders = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    await using _lock = await IdentityLock.acquire(own.folder, {
      lockTime: 60_000,
      clock: SYSTEM_CLOCK,
    });
    strictEqual(++holders, 1);
    await new Promise((resolve) => setTimeout(resolve));
    holders -= 1;
  }));
  deepStrictEqual(await Array.fromAsync(Deno.readDir(own.folder)), []);
});

Deno.test("Waiting for an IdentityLock is reported and ends at its limit", async () => {
  await using own = await OwnParty.stranger();
  await using _held = await IdentityLock.acquire(own.folder, {
    lockTime: 60_000,
    clock: SYSTEM_CLOCK,
  });
  const told: string[] = [];
  await failsWith(
    IdentityLock.acquire(own.folder, {
      lockTime: 50,
      clock: SYSTEM_CLOCK,
      tell: (line) => told.push(line),
    }),
    {
      ...{ reason: "identity-not-writable", exitCode: EXIT.usage },
      message: /^Another client has been registering in ".*" for 0\.05 s; wait for it, or end it$/,
    },
  );
  deepStrictEqual(told, ["Another client is registering in this folder; waiting for it"]);
});

Deno.test("An IdentityLock of a process that was killed is none", async () => {
  await using own = await OwnParty.stranger();
  const module = new URL("identity_lock.ts", import.meta.url).href;
  const clock = new URL("../system_clock.ts", import.meta.url).href;
  const code = `import { IdentityLock } from ${JSON.stringify(module)};
    import { SYSTEM_CLOCK } from ${JSON.stringify(clock)};
    await IdentityLock.acquire(${JSON.stringify(own.folder)}, { lockTime: 1, clock: SYSTEM_CLOCK });
    console.log("taken");
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  strictEqual(new TextDecoder().decode(value), "taken\n");
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await using _lock = await IdentityLock.acquire(own.folder, {
    lockTime: 60_000,
    clock: SYSTEM_CLOCK,
  });
});

Deno.test("IdentityLock works where a file system changes inode numbers", async () => {
  await using own = await OwnParty.stranger();
  const { stat } = Deno;
  let number = 0;
  Deno.stat = async (path) => ({ ...await stat(path), ino: --number });
  try {
    await using _lock = await IdentityLock.acquire(own.folder, {
      lockTime: 60_000,
      clock: SYSTEM_CLOCK,
    });
  } finally {
    Deno.stat = stat;
  }
});
