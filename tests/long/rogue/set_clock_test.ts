/** The clock of a machine is set while a server runs there: no wait and no rate is by the date. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { parseServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { isInstalled, runTool } from "../../end_to_end/fixtures/tool.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { curlUser } from "../../protocol4/fixtures/curl_user.ts";

/** Adds the seconds in a file to the time of day that a program is told. */
const LIBRARY = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
  char text[32] = {0};
  int file = open(getenv("SHIFT"), O_RDONLY);
  if (file < 0) return 0;
  if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
  close(file);
  return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
`;

const YEAR = 366 * 24 * 3_600;

/** Tests may run no compiler but by a shell. */
const hasCompiler = await isInstalled("sh") &&
  (await runTool("sh", ["-c", "cc --version"])).code === 0;

const missing = Deno.build.os !== "linux" || !hasCompiler || !await isInstalled("curl");

Deno.test({
  name: "A server whose machine has its clock set serves who is there, and who comes" +
    (missing ? " (ignored: no Linux, cc or curl)" : ""),
  ignore: missing,
  async fn() {
    await using folder = await temporaryFolder();
    const source = join(folder.path, "shift.c");
    const library = join(folder.path, "shift.so");
    const file = join(folder.path, "shift");
    await Deno.writeTextFile(source, LIBRARY);
    const built = await runTool("sh", [
      "-c",
      'exec cc -shared -fPIC -o "$0" "$1"',
      library,
      source,
    ]);
    strictEqual(built.code, 0, built.stderr);
    const set = (seconds: number) => Deno.writeTextFile(file, `${seconds}`);
    await set(0);
    await using server = await RunningServer.start(join(folder.path, "data"), {
      through: ["sh", "-c", 'export LD_PRELOAD="$0" SHIFT="$1"; shift; exec "$@"', library, file],
    });
    const address = parseServerAddress(await server.printed(/^sealpost:/));
    const { curl } = await curlUser(address, { cwd: folder.path, name: "Maya" });
    await Deno.writeFile(join(folder.path, "large"), seededBytes(2, 300_000));
    const put = (name: string) =>
      curl(
        `-T large -o /dev/null -w "%{http_code}" -H "Authorization: Bearer $TOKEN" ` +
          `"$URL/v4/files/${name}"`,
      );
    strictEqual(await put("before"), "201");
    using client = await ConnectedClient.introduced(server.address, "Amid");
    for (const [name, seconds] of [["ahead", YEAR], ["back", -YEAR]] as const) {
      const request = await client.fileRequest(name, seededBytes(1, 300_000));
      await client.send(request.subarray(0, 100_000));
      // By then the server waits for the rest.
      using _other = await ConnectedClient.introduced(server.address, `Other ${name}`);
      await set(seconds);
      using newcomer = await ConnectedClient.introduced(server.address, `Newcomer ${name}`);
      // Written with the new date: the clock was set indeed.
      const year = new Date(Date.now() + seconds * 1_000).getUTCFullYear();
      const line = await server.logged(new RegExp(`'Newcomer ${name}' registered`));
      match(line, new RegExp(`^${year}-`));
      await client.send(request.subarray(100_000));
      for (const [one, what] of [[client, name], [newcomer, "own"]] as const) {
        if (one === newcomer) await one.send(await one.fileRequest(what, seededBytes(3, 1_000)));
        strictEqual((await one.reply()).kind, "fileReceived");
        strictEqual((await one.confirm(what)).kind, "acknowledged");
      }
      // A token is good until its date, whatever clock that was told by.
      strictEqual(await put(name), seconds > 0 ? "401" : "201");
    }
    client[Symbol.dispose]();
    const { code, stderr } = await server.stop();
    strictEqual(code, 0);
    const refused = stderr.match(/refused\.[a-z-]+ \d+/g) ?? [];
    deepStrictEqual(refused, ["refused.token-unknown 1"], stderr);
  },
});
