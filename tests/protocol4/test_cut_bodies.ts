import { equal, ok } from "node:assert/strict";
import { connectTo } from "../web/http_exchange.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** At a time: more would need more descriptors than a process may have. */
const AT_ONCE = 50;
/** More than the database keeps, so that there is a file for it. */
const SENT = 70_000;

/** The open descriptors of this process; another one has to look. */
async function descriptors(): Promise<number> {
  const args = ["-c", "ls /proc/$PPID/fd | wc -l"];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** Sends a part of a body, and goes away once the server has read of it. */
async function cut(served: ServedApplication, head: string): Promise<void> {
  using conn = await connectTo(served.address);
  const bytes = new Uint8Array(head.length + SENT);
  bytes.set(new TextEncoder().encode(head));
  for (let at = 0; at < bytes.byteLength;) at += await conn.write(bytes.subarray(at));
  await conn.closeWrite();
  const buffer = new Uint8Array(4_096);
  while (await conn.read(buffer).catch(() => null) !== null);
}

/** Registers the test with so many bodies, a multiple of 50. */
export function testCutBodies(bodies: number): void {
  Deno.test(`${bodies} bodies that are cut leave no descriptor and no file`, {
    ignore: Deno.build.os !== "linux",
  }, () => cutBodies(bodies));
}

async function cutBodies(bodies: number): Promise<void> {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const headers = `Host: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${2 * SENT}\r\n`;
  const created = await fetch(`${served.url}/v4/uploads`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "upload-length": "3000000",
      "upload-metadata": `path ${btoa("up")}`,
    },
  });
  await created.body?.cancel();
  const upload = created.headers.get("location");
  const patch = "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n";
  const kinds = [
    (n: number) => `PUT /v4/files/f${n} HTTP/1.1\r\n${headers}\r\n`,
    () => `PATCH ${upload} HTTP/1.1\r\n${headers}${patch}\r\n`,
    () => `POST /v4/batch HTTP/1.1\r\n${headers}\r\n`,
  ];
  const round = (from: number) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, at) => {
      return cut(served, kinds[(from + at) % kinds.length]?.(from + at) ?? "");
    }));
  await round(0);
  const before = await descriptors();
  for (let n = AT_ONCE; n < bodies; n += AT_ONCE) await round(n);
  // The server's own ends of connections are closed a moment later.
  while (await descriptors() > before + AT_ONCE / 2) {
    await (await fetch(`${served.url}/v4`)).body?.cancel();
  }
  ok(served.counters.value("refused.body-cut") > bodies / 3);
  const list = await fetch(`${served.url}/v4/files?list`, {
    headers: { authorization: `Bearer ${token}` },
  });
  equal(await list.text(), "");
}
