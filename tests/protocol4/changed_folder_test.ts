/** Something else is where the server has a folder of its own: that is no fault of a client. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { contents, opened, PATCH } from "./fixtures/uploader.ts";

/** More than is kept in the database. */
const SIZE = 100_000;

Deno.test({
  name: "a link or a file in the place of contents/ is a fault of the server, until it is gone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using served = await servedApplication();
    await using elsewhere = await temporaryFolder();
    const maya = await opened(served);
    const body = contents(SIZE);
    const begun = await maya.create("begun", { size: SIZE });
    equal(await maya.patch(begun.at, 0, body.slice(0, 10)), "204 10");
    equal(await maya.reason("PUT", "/v4/files/kept", { body }), "201");
    const folder = join(served.data, "contents");
    const away = join(elsewhere.path, "contents");
    await Deno.rename(folder, away);
    const asked: readonly (readonly [string, string, object])[] = [
      ["PUT", "/v4/files/new", { body }],
      ["PATCH", begun.at, { body: body.slice(10), headers: { ...PATCH, "upload-offset": "10" } }],
    ];
    const told = async () => {
      const outcomes: string[] = [];
      for (const [method, path, more] of asked) {
        outcomes.push(await maya.reason(method, path, more));
      }
      const got = await maya.ask("GET", "/v4/files/kept");
      await got.arrayBuffer();
      return [...outcomes, `${got.status}`];
    };
    const plants = [
      () => Deno.symlink(elsewhere.path, folder),
      () => Deno.symlink(away, folder),
      () => Deno.writeTextFile(folder, "a file"),
    ];
    for (const plant of plants) {
      await plant();
      deepEqual(await told(), ["500 server-error", "500 server-error", "500"]);
      await Deno.remove(folder);
    }
    await Deno.rename(away, folder);
    deepEqual(await told(), ["201", "204", "200"]);
    deepEqual(await maya.get("begun"), body);
    deepEqual(await Array.fromAsync(Deno.readDir(elsewhere.path)), []);
    const cause = `${JSON.stringify(folder)} is not a folder`;
    ok(served.lines.some(({ detail }) => String(detail).includes(cause)));
  },
});
