/** The page that offers the client, of the real server in a real browser. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { writeRelease } from "../../web/release.ts";
import { hasBrowser, startBrowser } from "../../web/browser.ts";
import { assertComplains } from "../../end_to_end/fixtures/complaint.ts";
import { runProgram } from "../../end_to_end/fixtures/program.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";

const browser = await hasBrowser();

/** Visitors, and what they are to be offered. */
const VISITORS = [
  ["Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Linux, x86-64"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101", "Windows, x86-64"],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605",
    "macOS, Apple silicon",
  ],
] as const;

/** Opens a page in a context of its own, and fails if anything on it was blocked or went wrong. */
async function visit(
  started: Browser,
  url: string,
  { userAgent, look }: { readonly userAgent: string; readonly look: (page: Page) => Promise<void> },
): Promise<void> {
  const context = await started.newContext({ userAgent, javaScriptEnabled: false });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => {
    // A browser calls the visit of a page off that turns out to be a download.
    if (!request.url().includes("/downloads/")) faults.push(request.url());
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  await look(page);
  await context.close();
  assert.deepEqual(faults, []);
  assert(asked.every((one) => one.startsWith(url)), asked.join(" "));
}

Deno.test({
  name: "A browser is shown the client for its system first, and downloads what was promised" +
    (browser ? "" : " (ignored: no chromium)"),
  ignore: !browser,
  async fn() {
    await using data = await temporaryFolder();
    await using release = await temporaryFolder();
    const files = await writeRelease(release.path);
    await using server = await RunningServer.start(data.path, { downloads: release.path });
    const started = await startBrowser();
    try {
      for (const [userAgent, title] of VISITORS) {
        await visit(started, server.page, {
          userAgent,
          async look(page) {
            const match = page.locator("#match");
            assert.equal(await match.locator("b").innerText(), `Download for ${title}`);
            assert.equal(await page.locator("#all .files li").count(), files.length);
            assert.equal(
              await page.locator("#transfer-info").innerText(),
              `${server.address}\nYour Name\npath/of/the.file\n`,
            );
            // The style sheet was let through, and by its hash only.
            const radius = "getComputedStyle(document.querySelector('#match')).borderRadius";
            assert.equal(await page.evaluate<string>(radius), "10px");
          },
        });
      }
      await visit(started, server.page, {
        userAgent: VISITORS[0][0],
        async look(page) {
          const [download] = await Promise.all([
            page.waitForEvent("download"),
            page.locator("#match").click(),
          ]);
          const [file] = files;
          assert.equal(download.suggestedFilename(), file?.name);
          const bytes = await Deno.readFile(await download.path());
          const digest = createHash("sha256").update(bytes).digest("hex");
          assert.equal(await page.locator(".digest code").first().innerText(), digest);
          assert.equal(digest, file?.sha256);
        },
      });
      // A telephone with a narrow screen and dark colours.
      const context = await started.newContext({
        userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/605",
        colorScheme: "dark",
        viewport: { width: 320, height: 640 },
      });
      const page = await context.newPage();
      await page.goto(server.page);
      assert.match(await page.locator("#phone").innerText(), /^A telephone or tablet cannot run/);
      assert.match(await page.locator("#no-match").innerText(), /^There is none for this device/);
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert(width <= 320, `Nothing sticks out: ${width}`);
      await context.close();
    } finally {
      await started.close();
    }
  },
});

Deno.test("Without --http no other port is open, and its line is not printed", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const { stdout } = await server.stop();
  assert.match(stdout, /^listening on \S+\nsealpost:\S+\n$/);
});

Deno.test("A server with a bad --http or --downloads does not start", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/data`, ...ON_LOOPBACK];
  const http = ["--http", "127.0.0.1:0"];
  for (
    const [args, says] of [
      [
        ["--downloads", folder.path],
        /^error: --downloads is for a page, and there is none; give --h/,
      ],
      [["--title", "A"], /^error: --title is for a page, and there is none; give --http with it$/m],
      [
        [...http, "--downloads", `${folder.path}/none`],
        /^error: There is no folder ".*none" to offer/,
      ],
      [["--http", "8256"], /^error: .*--http.*HOST:PORT.*"8256"$/],
    ] as const
  ) {
    assertComplains(await runProgram("server", [...data, ...args]), { code: 2, says });
  }
});

Deno.test("The page ends with the server, whose last line counts requests", async () => {
  await using data = await temporaryFolder();
  await using release = await temporaryFolder();
  const [file] = await writeRelease(release.path);
  await using server = await RunningServer.start(data.path, {
    args: [...ON_LOOPBACK, "--log-format", "json"],
    downloads: release.path,
  });
  const response = await fetch(`${server.page}downloads/${file?.name}`);
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), file?.content);
  await assert.rejects(
    fetch(`${server.page}none`, { method: "POST", body: "x" }).then(async (answer) => {
      await answer.body?.cancel();
      throw new Error(String(answer.status));
    }),
    /405/,
  );
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  const last = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
  assert.equal(last.message, "Stopped");
  assert.equal(last["downloads"], 1);
  assert.equal(last["web-requests"], 2);
  assert.equal(last["web-refused.method-not-allowed"], 1);
});
