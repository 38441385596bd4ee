/** A client that was written in another language, by docs/protocol-4.md and nothing else. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { HAS_PYTHON, python } from "../end_to_end/fixtures/python.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { hasProgram } from "./fixtures/shell.ts";

const CLIENT = join(ROOT, "tests/peers/independent_client.py");

const missing = HAS_PYTHON ? [] : ["python3"];
if (!await hasProgram("openssl")) missing.push("openssl");

Deno.test({
  name: "A client in Python, by docs/protocol-4.md alone, does all that the page describes" +
    (missing.length === 0 ? "" : ` (ignored: no ${missing.join(", ")})`),
  ignore: missing.length > 0,
  async fn() {
    await using folder = await temporaryFolder();
    const [data, work, config] = ["data", "work", "config"].map((name) => join(folder.path, name));
    ok(data !== undefined && work !== undefined && config !== undefined);
    await Deno.mkdir(work);
    await Deno.mkdir(config);
    const large = seededBytes(4, 5_300_123);
    await Deno.writeFile(join(work, "large"), large);
    await using server = await RunningServer.here(data, { args: ON_LOOPBACK });
    const address = await server.printed(/^sealpost:/);
    const { success, stdout, stderr } = await python([CLIENT, address, work]).output();
    ok(success, new TextDecoder().decode(stderr));
    const told = JSON.parse(new TextDecoder().decode(stdout));
    deepStrictEqual(told.done, [1, 2, 3, 4]);
    deepStrictEqual(told.refused, { 5: "content-mismatch", 6: "bad-path" });
    // Of what came before the cut, the whole blocks were kept.
    strictEqual(told.resumed, 2 * 1024 ** 2);
    deepStrictEqual([told.devices, told.name, told.revoked], [2, "Ada", "token-revoked"]);
    deepStrictEqual(Object.keys(told.fetched).sort(), [
      ...["moved/put", "photos/large", "photos/\u00e9 \u{1f600}"],
    ]);

    // Our client joins as another computer of the same client, and finds what that one stored.
    const dir = ["--dir", config];
    const joined = await runClient(["login", told.join, ...dir]);
    strictEqual(joined.code, 0, joined.stderr);
    const back = join(folder.path, "back");
    const got = await runClient(["get", "/", "-o", back, ...dir]);
    strictEqual(got.code, 0, got.stderr);
    deepStrictEqual(await Deno.readFile(join(back, "photos/large")), large);
    const { mtime } = await Deno.stat(join(back, "photos/large"));
    strictEqual(mtime?.getTime(), 1_600_000_000_000);
    strictEqual(await Deno.readTextFile(join(back, "photos/link")), "abc");
    strictEqual(await Deno.readTextFile(join(back, "moved/put")), "put again");
    ok((await Deno.stat(join(back, "photos/empty"))).isDirectory);
    const { mode } = await Deno.stat(join(back, "moved/put"));
    if (Deno.build.os !== "windows") strictEqual((mode ?? 0) & 0o777, 0o640);
  },
});
