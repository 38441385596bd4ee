import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { FieldServer } from "../../tests/field/field_server.ts";
import { OwnParty } from "../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { EXIT } from "../client_error.ts";
import { findings } from "../../tests/peers/examined.ts";
import { NOBODY } from "../../tests/peers/nobody.ts";

Deno.test("examine() fails with an unknown host name, and without name resolution", async () => {
  await using own = await OwnParty.stranger();
  const settings = { server: { host: "server.example", port: 1256 }, timeout: 50 };
  const never = Promise.withResolvers<readonly string[]>();
  for (const resolve of [() => Promise.reject(new Error("not found")), () => never.promise]) {
    const { name, port, revision } = await findings(own.folder, { settings, resolve });
    strictEqual(name.status, "fail");
    strictEqual(name.exitCode, EXIT.noConnection);
    match(name.message, /^The name "server\.example" cannot be resolved: /);
    deepStrictEqual([port.status, revision.status], ["skip", "skip"]);
  }
});

Deno.test("examine() tells what a name resolves to, and goes on with the port", async () => {
  await using own = await OwnParty.stranger();
  await using server = new FieldServer({ revision: "2024a" });
  const settings = { server: { host: "localhost", port: server.address.port } };
  const resolve = () => Promise.resolve(["127.0.0.1", "::1"]);
  const { name, port } = await findings(own.folder, { settings, resolve });
  strictEqual(name.message, '"localhost" is 127.0.0.1, ::1');
  match(port.message, /takes connections/);
});

Deno.test("examine() fails where no server listens, and with another protocol", async () => {
  await using own = await OwnParty.stranger();
  const nobody = await findings(own.folder, { settings: { server: NOBODY } });
  strictEqual(nobody.port.exitCode, EXIT.noConnection);
  strictEqual(nobody.revision.status, "skip");
  await using other = new ScriptedServer({ revision: "2024a", onConnect: "close" });
  const strange = await findings(own.folder, { settings: { server: other.address } });
  strictEqual(strange.port.status, "ok");
  strictEqual(strange.revision.exitCode, EXIT.failed);
});

Deno.test("examine() tells of deviations", async () => {
  await using own = await OwnParty.stranger();
  await using server = new FieldServer({ revision: "2024a", habits: { version: 2 } });
  const { revision } = await findings(own.folder, { settings: { server: server.address } });
  strictEqual(revision.status, "ok");
  match(revision.message, /revision 2024a; it deviates, .*: other-version$/);
});
