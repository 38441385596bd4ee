/** Each refusal of the table of problems, by a real server over TLS, with all that it says. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { secretHash } from "../../server/protocol4/identity/token.ts";
import { leaveInvitation } from "../../server/protocol4/invitations/invitation_files.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { type ProblemReason, PROBLEMS } from "../../shared/protocol4/problem.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import type { HttpAnswer } from "../web/http_exchange.ts";
import { asks, BESIDE, CLOSED, FRAMES, INVITING, OPEN, type Refused } from "./fixtures/refused.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { TlsUser } from "./fixtures/tls_user.ts";
import { opened } from "./fixtures/uploader.ts";

/** Those in frames of a batch, of a server below, tokens_test.ts and failed_storage_test.ts. */
const ELSEWHERE: readonly ProblemReason[] = [
  "bad-frame",
  "data-not-writable",
  "database-gone",
  "server-stopping",
  "token-expired",
  "upload-gone",
];

/** Headers that some refusals have. */
const HEADERS: Partial<Record<ProblemReason, Readonly<Record<string, RegExp>>>> = {
  "method-not-allowed": { allow: /^DELETE, GET, HEAD, MKCOL, MOVE, PUT$/ },
  "range-invalid": { "content-range": /^bytes \*\/120000$/ },
  "offset-mismatch": { "upload-offset": /^0$/, "tus-resumable": /^1\.0\.0$/ },
  "upload-incomplete": { "upload-offset": /^0$/ },
  "version-unknown": { "tus-version": /^1\.0\.0$/, "tus-resumable": /^1\.0\.0$/ },
  "too-many-requests": { "retry-after": /^[1-9]\d*$/ },
  "server-busy": { "retry-after": /^[1-9]\d*$/ },
};

/** Compares an answer with the row of the table. */
function expectRefusal({ status, headers, text }: HttpAnswer, reason: ProblemReason): void {
  const [expected, title] = PROBLEMS[reason];
  const type = `urn:sealpost:problem:${reason}`;
  const { detail, ...problem } = JSON.parse(text);
  deepEqual({ ...problem, type, title, status: expected, reason }, problem);
  match(detail, /^[A-Z].*[^.]$/);
  equal(status, expected, reason);
  const all = {
    "content-type": /^application\/problem\+json$/,
    "cache-control": /^no-store$/,
    "x-content-type-options": /^nosniff$/,
    // The second of two lines: a browser does not ask for a password by one line with both.
    ...(status === 401 && { "www-authenticate": /^Basic realm="sealpost"$/ }),
    ...HEADERS[reason],
  };
  for (const [name, value] of Object.entries(all)) match(headers[name] ?? "", value, reason);
}

Deno.test("each refusal of the table is answered as docs/protocol-4.md says", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const start = async (...flags: readonly string[]) => {
    const server = await RunningServer.here(data, { args: [...ON_LOOPBACK, ...flags] });
    return { server, address: await server.printed(/^sealpost:/) };
  };
  const provoked: string[] = [...ELSEWHERE];
  const expectAll = async (maya: TlsUser, refused: Refused) => {
    for (const [reason, row] of Object.entries(refused)) {
      expectRefusal(await row(maya), reason as ProblemReason);
      provoked.push(reason);
    }
  };
  let known: TlsUser;
  {
    const { server, address } = await start("--max-file-size", "200000");
    await using _server = server;
    using maya = await (await TlsUser.of(address)).register("Maya");
    known = maya;
    for (const path of ["file", "folder/file"]) {
      const { status } = await maya.ask(`PUT /v4/files/${path}`, { body: "x".repeat(120_000) });
      equal(status, 201);
    }
    await expectAll(maya, OPEN);
    await expectAll(maya, BESIDE);

    using nonsense = await maya.begin("POST /v4/batch", { body: "x".repeat(12) });
    await nonsense.until("bad-frame");
    using batch = await maya.begin("POST /v4/batch", { body: FRAMES, rest: 1 });
    // The folder is stored: the frame has its id.
    await batch.until("\u0004\0\0\0\u0001\0\0\0");
    server.signal("SIGTERM");
    await batch.until("server-stopping");
  }
  for (const [name, expires] of [["used", 60_000], ["expired", -1]] as const) {
    const now = new Date();
    const expiry = new Date(now.getTime() + expires);
    await leaveInvitation(data, { hash: secretHash(name), expires: expiry, now });
  }
  {
    const { server, address } = await start("--registration", "invite", "--max-files", "1");
    await using _server = server;
    using maya = known.at(address);
    using cleo = await maya.another();
    await cleo.register("Cleo", "used");
    await expectAll(maya, INVITING);
  }
  {
    const { server, address } = await start(
      ...["--registration", "closed", "--limit-loopback"],
      ...["--max-files-per-client", "1", "--max-bytes-per-client", "1"],
    );
    await using _server = server;
    using maya = known.at(address);
    await expectAll(maya, CLOSED);
    await Deno.remove(join(data, "contents"), { recursive: true });
    await expectAll(maya, { "server-error": asks("GET /v4/files/file") });
  }
  deepEqual(provoked.sort(), Object.keys(PROBLEMS).sort());
});

Deno.test("bytes for an upload that another server has completed are answered 410", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const { at } = await maya.create("a", { size: 1 });
  const { uploads } = served.storage;
  uploads.open = () => Promise.reject(new StorageError("upload-committed", "It is committed"));
  equal(await maya.patch(at, 0, Uint8Array.of(1)), "410 upload-gone");
});
