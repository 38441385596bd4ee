import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { generateClientKeys } from "../../../shared/protocol3/crypto/key_transport.ts";
import { clientIdOf, clientIdText } from "../../../shared/wire/client_id.ts";
import { failsWith, IDENTITY, OwnParty } from "../../../tests/peers/own_party.ts";
import { EXIT } from "../../client_error.ts";
import { type Identity, IdentityFiles } from "./identity_files.ts";

const KEY = Buffer.from(IDENTITY.privateKey);
const BASE64 = KEY.toString("base64");
const WRAPPED = BASE64.replaceAll(/.{1,64}/g, "$&\n");
const HEAD = `${IDENTITY.name}\n${clientIdText(IDENTITY.clientId)}\n`;

/** Another client, with a key of its own. */
const OTHER: Identity = {
  name: "Somebody Else",
  clientId: clientIdOf(new Uint8Array(16).fill(7)),
  privateKey: (await generateClientKeys()).privateKey,
};

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

type Content = string | Uint8Array;

/** Contents of the two files that are all `IDENTITY`. */
const GOOD: Readonly<Record<string, readonly [meInfo: Content, privKey?: Content]>> = {
  "as they are written": [`${HEAD}${BASE64}\n`, `${BASE64}\n`],
  "with no priv.key": [`${HEAD}${BASE64}\n`],
  "with a priv.key that is none, where me.info has the key": [`${HEAD}${BASE64}\n`, "junk"],
  "with the key in priv.key alone": [HEAD, BASE64],
  "with the key wrapped": [`${HEAD}${WRAPPED}`],
  "with the key wrapped in priv.key": [HEAD, WRAPPED],
  "with CRLF": [`${HEAD}${WRAPPED}`.replaceAll("\n", "\r\n")],
  "with CRLF in both files": [HEAD.replaceAll("\n", "\r\n"), WRAPPED.replaceAll("\n", "\r\n")],
  "with a byte-order mark": [`\ufeff${HEAD}`, `\ufeff${BASE64}`],
  "in UTF-16": [utf16(HEAD), utf16(BASE64)],
  "with the key in hex": [HEAD, KEY.toString("hex")],
  "with the key in hex in upper case": [HEAD, KEY.toString("hex").toUpperCase()],
  "with the key as DER": [HEAD, KEY],
  "with the id in upper case": [HEAD.toUpperCase().replace(/^.*/, IDENTITY.name), BASE64],
  "with empty lines at the end": [`${HEAD}\n\n`, `${BASE64}\n\n\n`],
};

/** Contents without an identity, and a part of the message for each. */
const BROKEN: Readonly<
  Record<string, readonly [said: RegExp, meInfo: Content, privKey?: Content]>
> = {
  "an empty me.info": [/me\.info".* empty.*another folder/, ""],
  "no client id": [/me\.info".*client id.*another folder/, `${IDENTITY.name}\n`],
  "a client id that is none": [
    /me\.info".*32 hex.*another folder/,
    `${IDENTITY.name}\n1234\n${BASE64}\n`,
  ],
  "no name": [/me\.info".*name/, `\n${clientIdText(IDENTITY.clientId)}\n${BASE64}\n`],
  "a name of 101 characters": [
    /me\.info".*100/,
    `${"n".repeat(101)}\n${clientIdText(IDENTITY.clientId)}\n${BASE64}\n`,
  ],
  "no key in either file": [/me\.info".*no private key.*priv\.key".*another folder/, HEAD],
  "an empty priv.key": [/priv\.key".*another folder/, HEAD, ""],
  "a key that is cut short": [
    /me\.info".*cut short.*another folder/,
    `${HEAD}${BASE64.slice(0, 400)}\n`,
  ],
  "a priv.key that is cut short": [
    /priv\.key".*cut short.*another folder/,
    HEAD,
    BASE64.slice(0, 400),
  ],
  "a DER that is cut short": [/priv\.key".*cut short.*another folder/, HEAD, KEY.subarray(0, 300)],
  "a key that is no base64": [/me\.info".*base64.*another folder/, `${HEAD}*****\n`],
  "a me.info that is no text": [/me\.info".*UTF-8/, new Uint8Array([0xc3, 0x28, 0xff])],
  "a me.info that is too large": [/me\.info".*65536/, new Uint8Array(70_000).fill(0x41)],
};

async function write(
  { folder }: OwnParty,
  [meInfo, privKey]: readonly [Content, Content?],
): Promise<void> {
  await Deno.writeFile(join(folder, "me.info"), Buffer.from(meInfo));
  if (privKey !== undefined) await Deno.writeFile(join(folder, "priv.key"), Buffer.from(privKey));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

/** An identity as plain values, since it may own its buffers or not. */
function plain(identity: Identity | undefined) {
  if (identity === undefined) return undefined;
  const { name, clientId, privateKey } = identity;
  return { name, clientId: clientIdText(clientId), key: Buffer.from(privateKey).toString("hex") };
}

Deno.test("IdentityFiles loads what it has saved, whatever the name and the id are", async () => {
  await using own = await OwnParty.stranger();
  const identity = fc.record({
    name: fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 20 })
      .map((name) => `${name}.`.replaceAll(/\p{Cc}/gu, "?")),
    clientId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(clientIdOf),
    privateKey: fc.constantFrom(IDENTITY.privateKey, OTHER.privateKey),
  });
  await fc.assert(
    fc.asyncProperty(identity, async (identity) => {
      await own.save(identity);
      deepStrictEqual(plain(await new IdentityFiles(own.folder).load()), plain(identity));
    }),
    { numRuns: 25 },
  );
  deepStrictEqual(await namesIn(own.folder), ["me.info", "priv.key"]);
});

Deno.test("IdentityFiles writes the three lines of me.info, and the key once more", async () => {
  await using own = await OwnParty.stranger();
  await own.save(IDENTITY);
  deepStrictEqual(await own.identityFiles(), [`${HEAD}${BASE64}\n`, `${BASE64}\n`]);
  strictEqual(own.files.path, join(own.folder, "me.info"));
});

Deno.test({
  name: "IdentityFiles makes both files readable by their owner alone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using own = await OwnParty.stranger();
    await own.save(IDENTITY);
    for (const name of await namesIn(own.folder)) {
      strictEqual(((await Deno.stat(join(own.folder, name))).mode ?? 0) & 0o777, 0o600, name);
    }
  },
});

Deno.test("IdentityFiles has no identity without me.info, even with a key", async () => {
  await using own = await OwnParty.stranger();
  strictEqual(await own.files.load(), undefined);
  await Deno.writeTextFile(join(own.folder, "priv.key"), BASE64);
  strictEqual(await own.files.load(), undefined);
  strictEqual(await new IdentityFiles(join(own.folder, "no folder")).load(), undefined);
});

for (const [what, contents] of Object.entries(GOOD)) {
  Deno.test(`IdentityFiles loads an identity from files ${what}`, async () => {
    await using own = await OwnParty.stranger();
    await write(own, contents);
    deepStrictEqual(plain(await own.files.load()), plain(IDENTITY));
  });
}

Deno.test("IdentityFiles takes the key in me.info before that in priv.key", async () => {
  await using own = await OwnParty.stranger();
  const otherKey = Buffer.from(OTHER.privateKey).toString("base64");
  await write(own, [`${HEAD}${BASE64}\n`, otherKey]);
  deepStrictEqual(plain(await own.files.load()), plain(IDENTITY));
});

for (const [what, [message, ...contents]] of Object.entries(BROKEN)) {
  Deno.test(`IdentityFiles refuses files with ${what}, by name and with advice`, async () => {
    await using own = await OwnParty.stranger();
    await write(own, contents);
    const reason = "bad-configuration";
    await failsWith(own.files.load(), { reason, exitCode: EXIT.usage, message });
  });
}

Deno.test("IdentityFiles keeps the old identity when priv.key cannot be written", async () => {
  await using own = await OwnParty.stranger();
  await write(own, [`${HEAD}${BASE64}\n`]);
  await Deno.mkdir(join(own.folder, "priv.key"));
  await failsWith(own.save(OTHER), {
    reason: "identity-not-writable",
    exitCode: EXIT.usage,
    message: /priv\.key"/,
  });
  deepStrictEqual(plain(await own.files.load()), plain(IDENTITY));
});

Deno.test("IdentityFiles keeps the old identity when me.info cannot be written", async () => {
  await using own = await OwnParty.stranger();
  await own.save(IDENTITY);
  // A name that cannot stand on a line: the only way to fail at the second file and not the first.
  await rejects(own.save({ ...OTHER, name: "two\nlines" }));
  deepStrictEqual(plain(await own.files.load()), plain(IDENTITY));
  deepStrictEqual(await namesIn(own.folder), ["me.info", "priv.key"]);
});

Deno.test("IdentityFiles holds a whole identity at each moment of a save", async () => {
  await using own = await OwnParty.stranger();
  await own.save(IDENTITY);
  let saving = true;
  const saves = (async () => {
    for (const identity of Array(4).fill([OTHER, IDENTITY]).flat()) await own.save(identity);
    saving = false;
  })();
  const known = [plain(IDENTITY), plain(OTHER)].map((identity) => JSON.stringify(identity));
  while (saving) {
    const now = JSON.stringify(plain(await own.files.load()));
    strictEqual(known.includes(now), true, now);
    // Reading is synchronous: without a pause nothing would be saved.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await saves;
});

Deno.test("IdentityFiles loads a name of any script, if only it fits into its field", async () => {
  await using own = await OwnParty.stranger();
  for (const name of ["Zoë", "\u05d0".repeat(100), "😀".repeat(63)]) {
    await own.save({ ...IDENTITY, name });
    strictEqual((await own.files.load())?.name, name);
  }
  await own.save({ ...IDENTITY, name: "😀".repeat(64) });
  await failsWith(own.files.load(), {
    reason: "bad-configuration",
    exitCode: EXIT.usage,
    message: /me\.info": The user name .* 254 bytes .*; restore the file from a copy, /,
  });
});

Deno.test("IdentityFiles gives one remedy for each fault", async () => {
  await using own = await OwnParty.stranger();
  for (const [, ...contents] of Object.values(BROKEN)) {
    await Deno.remove(join(own.folder, "priv.key")).catch(() => {});
    await write(own, contents);
    await rejects(own.files.load(), (error: Error) => error.message.split("; ").length === 2);
  }
});
