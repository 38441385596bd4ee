/**
 * Takes the picture of the download page that stands in the README: what `deno task screenshot`
 * does. The page is that of the real server, with files that have the size of real ones and nothing
 * in them.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { formatSha256Sums } from "../../server/web/downloads/sha256_sums.ts";
import { Counters } from "../../server/observe/counters.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { serveListeners } from "../../server/listening/serve_listeners.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { WebServer } from "../../server/web/web_server.ts";
import { CHECKSUMS_NAME, releaseName } from "../../shared/release/release_files.ts";
import { TARGETS } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import { startBrowser } from "./browser.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

/** Where the picture goes. */
const PICTURE = new URL("../../docs/images/download-page.png", import.meta.url);

/** What the visitor seems to have reached. */
const PLACE = { host: "files.example", port: 8256 };

/** The key of some server, as it stands in addresses. */
const KEY = "A8vIE5bHEXKh0Pm2oRK8Lj62ItUoXp6dh4nmxXOZXwui";

/** Bytes that a compiled client has, about. */
const SIZE = 92 * 1024 * 1024;

await using release = await temporaryFolder();
const sums = [];
for (const [index, target] of TARGETS.entries()) {
  const name = releaseName({ kind: "binary", version: VERSION, target });
  const size = SIZE + index * 1_500_000;
  await Deno.writeFile(join(release.path, name), new Uint8Array());
  await Deno.truncate(join(release.path, name), size);
  sums.push({ name, sha256: createHash("sha256").update(new Uint8Array(size)).digest("hex") });
}
await Deno.writeTextFile(join(release.path, CHECKSUMS_NAME), formatSha256Sums(sums));
const log = getLogger(["sealpost-screenshot"]);
const counters = new Counters<string>();
await using web = await WebServer.open({
  address: { host: "127.0.0.1", port: 0 },
  downloads: release.path,
  protocolPort: 1256,
  addressAt: (host) => `sealpost://${host}:1256/#${KEY}`,
  clock: SYSTEM_CLOCK,
  log,
  counters,
});
const stopping = new AbortController();
const served = serveListeners([web], {
  ...{ limits: DEFAULT_LIMITS, grace: 0, log, counters, stopping: stopping.signal },
  clock: SYSTEM_CLOCK,
});
const browser = await startBrowser([
  `--host-resolver-rules=MAP ${PLACE.host}:${PLACE.port} ${web.address}`,
]);
try {
  const page = await browser.newPage({
    userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
    viewport: { width: 960, height: 1000 },
    colorScheme: "light",
  });
  await page.goto(`http://${PLACE.host}:${PLACE.port}/`);
  await Deno.writeFile(PICTURE, await page.screenshot());
} finally {
  await browser.close();
  stopping.abort();
  await served;
}
