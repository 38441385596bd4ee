import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { peerKey } from "../../../tests/peers/tls_peer.ts";
import { knownServers, rememberServer } from "./known_servers.ts";

const SERVER = { host: "192.0.2.1", port: 1256 };

Deno.test("rememberServer() lets no key take the place of one that is known", async () => {
  await using folder = await temporaryFolder();
  const [known, now, other] = [await peerKey(), await peerKey(), await peerKey()];
  const remember = (spki: Uint8Array, replaced?: Uint8Array) =>
    rememberServer(folder.path, {
      ...{ server: SERVER, spki, replaced },
      ...{ clock: new TestClock(), tell: () => {} },
    });
  const file = `${folder.path}/known_servers`;
  // Lines that name no server stay.
  const rest = `# mine\n\n198.51.100.1:1256 ${keyText(other.spki)} 2026-01-01T00:00:00Z\n`;
  await Deno.writeTextFile(file, rest);
  await remember(known.spki);
  const before = await Deno.readTextFile(file);
  strictEqual(before.startsWith(rest), true);
  for (const replaced of [undefined, other.spki]) {
    await rejects(remember(now.spki, replaced), { reason: "server-key-changed" });
    strictEqual(await Deno.readTextFile(file), before);
  }
  await remember(now.spki, known.spki);
  strictEqual((await Deno.readTextFile(file)).startsWith(rest), true);
  const keys = (await knownServers(folder.path)).map(({ spki }) => keyText(spki));
  deepStrictEqual(keys, [keyText(other.spki), keyText(now.spki)]);
});
