import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ask, exchange } from "../../tests/web/http_exchange.ts";
import { openWeb } from "../../tests/web/opened_web.ts";
import { writeReleased } from "../../tests/web/release.ts";
import { parseTransferInfo } from "../../shared/text/transfer_info.ts";

/** The key of some server, as it stands in addresses. */
const KEY = "A8vIE5bHEXKh0Pm2oRK8Lj62ItUoXp6dh4nmxXOZXwui";

const LINUX = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" };

Deno.test("The page offers each file with size and digest, and three lines", async () => {
  await using web = await openWeb();
  const { status, headers, text } = await ask(web.address, "/", {
    headers: { ...LINUX, host: "Server.Example:8256" },
  });
  strictEqual(status, 200);
  strictEqual(headers["content-type"], "text/html; charset=UTF-8");
  for (const { name, sha256 } of web.files) {
    ok(text.includes(`href="/downloads/${name}"`), name);
    ok(text.includes(sha256));
  }
  match(text, /id="match"[^]*Download for Linux, x86-64/);
  match(text, /<pre class="copy" id="transfer-info">server\.example:1256\nYour Name\n/);
  match(text, /curl -fsSL http:\/\/server\.example:8256\/install\.sh \| sh/);
  // No script, nothing from elsewhere.
  ok(!/<script|src=|url\(|@import/.test(text));
  deepStrictEqual(text.match(/href="(?!\/|#)[^"]*"/g), null);
});

Deno.test("The page shows one line to send first, transfer.info second", async () => {
  await using web = await openWeb();
  const { text } = await ask(web.address, "/", { headers: { ...LINUX, host: "s.example:8256" } });
  const line = "sealpost FILE --server s.example:1256 --name &quot;Your Name&quot;";
  ok(text.indexOf(line) > text.indexOf('id="install"'));
  ok(text.indexOf('id="transfer-info"') > text.indexOf(line));
  ok(!text.includes('id="warning"') && !text.includes('id="phone"'));
});

Deno.test("The page and the scripts log in with the key where protocol 4 is spoken", async () => {
  const addressAt = (host: string) => `sealpost://${host}:1257/#${KEY}`;
  await using web = await openWeb({ addressAt });
  const headers = { ...LINUX, host: "s.example:8256" };
  const address = `sealpost://s.example:1257/#${KEY}`;
  const { text } = await ask(web.address, "/", { headers });
  ok(text.includes(`sealpost login ${address} --name &quot;Your Name&quot;`), text);
  ok(text.includes("sealpost send FILE") && !text.includes("sealpost FILE --server"));
  match(text, /Once you have logged in, <code>sealpost<\/code> alone sends that file/);
  for (const script of ["/install.sh", "/install.ps1"]) {
    ok((await ask(web.address, script, { headers })).text.includes(`'${address}'`), script);
  }
  await using three = await openWeb();
  ok((await ask(three.address, "/install.sh", { headers })).text.includes("keyed='none'"));
});

Deno.test("The page has the operator's title and notice, as text", async () => {
  const heading = { title: "A <i>&amp; B", notice: 'Hello.\n</p><script>alert("1")</script>' };
  await using web = await openWeb({ heading });
  const { text } = await ask(web.address, "/", { headers: LINUX });
  match(text, /<title>A &lt;i&gt;&amp;amp; B<\/title>/);
  match(text, /<h1>A &lt;i&gt;&amp;amp; B<\/h1>/);
  match(
    text,
    /id="notice">Hello\.\n&lt;\/p&gt;&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;<\/p>/,
  );
  ok(!text.includes("<script"));
  await using plain = await openWeb();
  ok(!(await ask(plain.address, "/")).text.includes('class="notice"'));
});

Deno.test("The page explains warnings of macOS and Windows, and phones", async () => {
  await using web = await openWeb();
  const page = async (agent: string) =>
    (await ask(web.address, "/", { headers: { "user-agent": agent, host: "h.example:1" } })).text;
  match(
    await page("(Macintosh; Intel Mac OS X 10_15_7)"),
    /xattr -d com\.apple\.quarantine sealpost-/,
  );
  match(await page("(Windows NT 10.0; Win64; x64)"), /Unblock-File sealpost-/);
  for (const agent of ["(Linux; Android 14; Pixel 8)", "(iPhone; CPU iPhone OS 17_0)"]) {
    const text = await page(agent);
    match(text, /id="phone">[^]*Open this page on a computer[^]*http:\/\/h\.example:1\//, agent);
    match(text, /id="all"/);
  }
});

Deno.test("Every response has the headers that isolate a page", async () => {
  await using web = await openWeb();
  for (const path of ["/", "/none", "/install.sh", `/downloads/${web.files[0]?.name}`]) {
    const { headers } = await ask(web.address, path);
    match(headers["content-security-policy"] ?? "", /^default-src 'none'; style-src 'sha256-/);
    strictEqual(headers["x-content-type-options"], "nosniff");
    strictEqual(headers["x-frame-options"], "DENY");
    strictEqual(headers["referrer-policy"], "no-referrer");
    strictEqual(headers["cross-origin-resource-policy"], "same-origin");
    const kept = path.startsWith("/downloads/") ? "no-cache" : "no-store";
    strictEqual(headers["cache-control"], kept, path);
  }
});

Deno.test("The page and the scripts speak of https where a proxy does", async () => {
  await using web = await openWeb();
  const headers = { ...LINUX, host: "files.example", "x-forwarded-proto": "https" };
  ok((await ask(web.address, "/", { headers })).text.includes("https://files.example/install.sh"));
  match(
    (await ask(web.address, "/install.sh", { headers })).text,
    /origin='https:\/\/files\.example'/,
  );
  ok(!(await ask(web.address, "/", { headers })).text.includes("over plain HTTP"));
  ok((await ask(web.address, "/")).text.includes("over plain HTTP"));
});

Deno.test("transfer.info can be saved, and is one that the client reads", async () => {
  await using web = await openWeb();
  const { headers, body } = await ask(web.address, "/transfer.info", {
    headers: { host: "[::1]:80" },
  });
  strictEqual(headers["content-disposition"], 'attachment; filename="transfer.info"');
  const { host, port } = parseTransferInfo(body);
  deepStrictEqual({ host, port }, { host: "::1", port: 1256 });
});

Deno.test("A download is the file, with what belongs to it", async () => {
  await using web = await openWeb();
  const [file] = web.files;
  ok(file);
  const { status, headers, body } = await ask(web.address, `/downloads/${file.name}`);
  strictEqual(status, 200);
  deepStrictEqual(body, file.content);
  strictEqual(headers["content-length"], String(file.content.byteLength));
  strictEqual(headers["content-type"], "application/octet-stream");
  strictEqual(headers["content-disposition"], `attachment; filename="${file.name}"`);
  strictEqual(headers["etag"], `"${file.sha256}"`);
  strictEqual(headers["accept-ranges"], "bytes");
  match(headers["last-modified"] ?? "", / GMT$/);
  const again = await ask(web.address, `/downloads/${file.name}`, {
    headers: { "if-none-match": headers["etag"] ?? "" },
  });
  deepStrictEqual([again.status, again.body.byteLength], [304, 0]);
  strictEqual(web.counters.value("downloads"), 1);
  strictEqual(web.counters.value("download-bytes"), file.content.byteLength);
  ok(web.lines.some(({ message }) => /^Sent \d+ bytes of .*sealpost-1\.2\.3/.test(message)));
});

Deno.test("Each kind of file has its own content type", async () => {
  await using web = await openWeb();
  const type = async (part: string) => {
    const name = web.files.find((file) => file.name.includes(part))?.name;
    return (await ask(web.address, `/downloads/${name}`, { method: "HEAD" }))
      .headers["content-type"];
  };
  strictEqual(await type("linux"), "application/octet-stream");
  strictEqual(await type("windows"), "application/vnd.microsoft.portable-executable");
});

Deno.test("A part of a download is what was asked for, and no more", async () => {
  await using web = await openWeb();
  const [file] = web.files;
  ok(file);
  const size = file.content.byteLength;
  const part = async (headers: Readonly<Record<string, string>>) =>
    await ask(web.address, `/downloads/${file.name}`, { headers });
  for (
    const [range, start, end] of [["5-9", 5, 9], ["5-", 5, size - 1], [
      "-5",
      size - 5,
      size - 1,
    ]] as const
  ) {
    const { status, headers, body } = await part({ range: `bytes=${range}` });
    strictEqual(status, 206);
    strictEqual(headers["content-range"], `bytes ${start}-${end}/${size}`);
    deepStrictEqual(body, file.content.subarray(start, end + 1));
    strictEqual(headers["content-length"], String(end - start + 1));
  }
  const beyond = await part({ range: `bytes=${size}-` });
  strictEqual(beyond.status, 416);
  strictEqual(beyond.headers["content-range"], `bytes */${size}`);
  const same = await part({ range: "bytes=0-0", "if-range": `"${file.sha256}"` });
  strictEqual(same.status, 206);
  const other = await part({ range: "bytes=0-0", "if-range": '"other"' });
  strictEqual(other.status, 200);
  deepStrictEqual(other.body, file.content);
});

Deno.test("HEAD says what GET would, and sends nothing", async () => {
  await using web = await openWeb();
  const paths = ["/", "/icon.svg", "/transfer.info", "/install.sh", "/install.ps1", "/nothing"];
  for (const name of ["SHA256SUMS", web.files[0]?.name, "nothing"]) {
    paths.push(`/downloads/${name}`);
  }
  for (const path of paths) {
    const head = await ask(web.address, path, { method: "HEAD" });
    const get = await ask(web.address, path);
    strictEqual(head.status, path.endsWith("nothing") ? 404 : 200);
    strictEqual(head.status, get.status);
    strictEqual(head.body.byteLength, 0, path);
    for (const header of ["content-type", "content-length", "cache-control"]) {
      strictEqual(head.headers[header], get.headers[header], `${header} of ${path}`);
    }
    strictEqual(get.headers["content-length"], `${get.body.byteLength}`, path);
  }
});

for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]) {
  Deno.test(`${method} is not allowed, wherever`, async () => {
    await using web = await openWeb();
    const { status, headers } = await ask(web.address, "/", { method });
    strictEqual(status, 405);
    strictEqual(headers["allow"], "GET, HEAD");
    strictEqual(web.counters.value("web-refused.method-not-allowed"), 1);
  });
}

Deno.test("SHA256SUMS lists what is offered, and nothing else", async () => {
  await using web = await openWeb();
  const [first, ...rest] = web.files;
  ok(first);
  await writeReleased(web.folder, first.name, "something else");
  const { text } = await ask(web.address, "/downloads/SHA256SUMS");
  const lines = rest.map(({ name, sha256 }) => `${sha256}  ${name}`);
  deepStrictEqual(text.trimEnd().split("\n").sort(), lines.sort());
  strictEqual((await ask(web.address, `/downloads/${first.name}`)).status, 404);
});

Deno.test("Only offered files can be reached, by any spelling of a path", async () => {
  await using web = await openWeb();
  const [file] = web.files;
  ok(file);
  await Deno.writeTextFile(join(web.folder, ".hidden"), "secret");
  await Deno.writeTextFile(join(web.folder, "private.txt"), "secret");
  await Deno.mkdir(join(web.folder, "folder"));
  await Deno.writeTextFile(join(web.folder, "folder", file.name), "secret");
  if (Deno.build.os !== "windows") {
    await Deno.symlink("/etc/passwd", join(web.folder, "sealpost-9.9.9-x86_64-unknown-linux-gnu"));
  }
  for (
    const path of [
      "/downloads",
      "/downloads/",
      "/downloads/.hidden",
      "/downloads/private.txt",
      `/downloads/folder/${file.name}`,
      `/downloads/folder%2F${file.name}`,
      `/downloads//${file.name}`,
      `/downloads/${file.name}/`,
      `/downloads/${file.name}%00.txt`,
      `/downloads/${file.name.toUpperCase()}`,
      "/downloads/sealpost-9.9.9-x86_64-unknown-linux-gnu",
      "/downloads/../../../etc/passwd",
      "/downloads/..%2f..%2f..%2fetc%2fpasswd",
      "/downloads/%2e%2e/%2e%2e/etc/passwd",
      "/downloads/%252e%252e%252fetc%252fpasswd",
      "/downloads/..\\..\\private.txt",
      "/downloads/..%5c..%5cprivate.txt",
      "/downloads/%2Fetc%2Fpasswd",
      "//etc/passwd",
      "/etc/passwd",
      "/%00",
      "/%ff%fe",
      "/page.css",
      "/server/main.ts",
      `/downloads/__proto__`,
      `/downloads/${"x".repeat(8000)}`,
    ]
  ) {
    const { status, text } = await ask(web.address, path);
    ok(status === 404 || status === 400, `${path} gave ${status}`);
    ok(!/secret|root:/.test(text), path);
  }
  // Browsers ask for the page itself instead; who writes it out gets no page of another name.
  strictEqual((await ask(web.address, "/downloads/..")).status, 404);
  strictEqual(web.counters.value("web-errors"), 0);
});

Deno.test("A Host header that is no host gets no page and no script to be put into", async () => {
  await using web = await openWeb();
  for (const host of ["a'; reboot; '", "$(reboot)", "a b", "", "a/b", "<b>"]) {
    for (const path of ["/", "/install.sh", "/install.ps1", "/transfer.info"]) {
      const { status, text } = await ask(web.address, path, { headers: { host } });
      strictEqual(status, 400, `${host} ${path}`);
      ok(!text.includes("reboot"));
    }
  }
  const none = await exchange(web.address, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  strictEqual(none.status, 400);
});
