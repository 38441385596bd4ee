import type { Logger } from "@logtape/logtape";
import { type Context, Hono } from "hono";
import { CHECKSUMS_NAME } from "../../shared/release/release_files.ts";
import { formatAddress } from "../../shared/text/address.ts";
import type { Peer } from "../listening/piping/handler.ts";
import type { Counters } from "../observe/counters.ts";
import { fileResponse } from "./downloads/file_response.ts";
import { NO_OFFER, type Offer, type ReleaseFolder } from "./downloads/release_folder.ts";
import { formatSha256Sums } from "./downloads/sha256_sums.ts";
import { type InstallLanguage, installScript } from "./install/install_script.ts";
import { type PageHeading, renderDownloadPage, renderIcon } from "./page/download_page.tsx";
import { securityHeaders } from "./page/security_headers.ts";
import { type VisitedHost, visitedHost } from "./visitor/visited_host.ts";
import { ACCEPT_CH, visitorSystem } from "./visitor/visitor_system.ts";

/** What the page counts. */
export type WebCounter =
  | "web-requests"
  | "web-errors"
  | "downloads"
  | "downloads-cut-off"
  | "download-bytes"
  | `web-refused.${WebRefusal}`;

export interface WebAppOptions {
  /** The files to offer; undefined for none. */
  readonly releases: ReleaseFolder | undefined;
  /** The port that clients send files to. */
  readonly protocolPort: number;
  /**
   * The address with the server's key for a host by which a visitor knows the server; undefined
   * where protocol 4 is not spoken.
   */
  readonly addressAt?: ((host: string) => string) | undefined;
  readonly heading: PageHeading;
  readonly texts: PageTexts;
  readonly log: Logger;
  readonly counters: Counters<WebCounter>;
}

/** Why a request is refused. The names appear in counters and the log. */
type WebRefusal = "method-not-allowed" | "bad-host" | "not-found" | "range-not-satisfiable";

export interface WebEnv {
  Bindings: { readonly peer: Pick<Peer, "address"> };
  Variables: { visited: VisitedHost };
}

/**
 * The pages of the server: `/` with the offer, the scripts that install it, and the files under
 * `/downloads/`. All of it is read-only.
 */
export function webApp(options: WebAppOptions): Hono<WebEnv> {
  const { releases, protocolPort, addressAt, heading, texts, log, counters } = options;
  const app = new Hono<WebEnv>();
  const headers = securityHeaders({ style: texts.style });
  const offered = (): Promise<Offer> => releases?.offer() ?? Promise.resolve(NO_OFFER);

  function refuse(c: Context<WebEnv>, status: 400 | 404 | 405, reason: WebRefusal): Response {
    counters.add(`web-refused.${reason}`);
    log.debug("Refused {method} {path} to {address}: {reason}", {
      method: c.req.method,
      path: c.req.path,
      address: c.env.peer.address,
      reason,
    });
    return c.text(`${REFUSALS[reason]}\n`, status);
  }

  app.use(async (c, next) => {
    counters.add("web-requests");
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
    if (c.req.method !== "HEAD" || c.res.headers.has("content-length")) return;
    // The length that GET would have: without this the runtime says 0.
    const { byteLength } = await c.res.arrayBuffer();
    c.res.headers.set("content-length", `${byteLength}`);
  });
  app.use(async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") {
      c.header("allow", "GET, HEAD");
      return refuse(c, 405, "method-not-allowed");
    }
    const visited = visitedHost(c.req.header("host"), c.req.header("x-forwarded-proto"));
    if (visited === undefined) return refuse(c, 400, "bad-host");
    c.set("visited", visited);
    return await next();
  });

  const serverOf = (c: Context<WebEnv>) =>
    formatAddress({ host: c.get("visited").host, port: protocolPort });
  const keyedOf = (c: Context<WebEnv>) => addressAt?.(c.get("visited").host);
  const transferInfo = (c: Context<WebEnv>) => `${serverOf(c)}\nYour Name\npath/of/the.file\n`;

  app.get("/", async (c) => {
    const page = renderDownloadPage({
      offer: await offered(),
      visitor: visitorSystem((name) => c.req.header(name)),
      visited: c.get("visited"),
      heading,
      server: serverOf(c),
      keyed: keyedOf(c),
      transferInfo: transferInfo(c),
      style: texts.style,
    });
    return c.html(page, 200, { "accept-ch": ACCEPT_CH });
  });
  app.get("/icon.svg", (c) => c.body(renderIcon(), 200, { "content-type": "image/svg+xml" }));
  app.get("/transfer.info", (c) =>
    c.text(transferInfo(c), 200, {
      "content-disposition": 'attachment; filename="transfer.info"',
    }));

  const install = (language: InstallLanguage) => async (c: Context<WebEnv>) => {
    const { newest } = await offered();
    const { origin } = c.get("visited");
    const script = { origin, server: serverOf(c), keyed: keyedOf(c), files: newest };
    return c.text(installScript(texts.install[language], language, script));
  };
  app.get("/install.sh", install("sh"));
  app.get("/install.ps1", install("ps1"));

  app.get(`/downloads/${CHECKSUMS_NAME}`, async (c) => {
    return c.text(formatSha256Sums([...(await offered()).files.values()]));
  });
  app.get("/downloads/:name", async (c) => {
    const request = {
      method: c.req.method === "HEAD" ? "HEAD" : "GET",
      header: (name: string) => c.req.header(name),
    } as const;
    // A second time if the file was changed in between.
    for (const _ of [1, 2]) {
      const file = (await offered()).files.get(c.req.param("name"));
      if (file === undefined || releases === undefined) break;
      const response = await fileResponse(file, request, {
        open: () => releases.open(file),
        onSent(bytes, outcome) {
          counters.add(outcome === "whole" ? "downloads" : "downloads-cut-off");
          counters.add("download-bytes", bytes);
          const what = { file: file.name, bytes, address: c.env.peer.address };
          if (outcome === "whole") log.info("Sent {bytes} bytes of {file} to {address}", what);
          else log.info("{address} went away after {bytes} bytes of {file}", what);
        },
      });
      if (response?.status === 416) counters.add("web-refused.range-not-satisfiable");
      if (response !== undefined) return response;
    }
    return refuse(c, 404, "not-found");
  });

  app.notFound((c) => refuse(c, 404, "not-found"));
  app.onError((error, c) => {
    counters.add("web-errors");
    log.error("Cannot answer {path}: {detail}", { path: c.req.path, detail: error.message });
    return c.text("The server has a fault; its log says more\n", 500);
  });
  return app;
}

/** The text of each refusal. */
const REFUSALS: Readonly<Record<WebRefusal, string>> = {
  "method-not-allowed": "Only GET and HEAD are known here",
  "bad-host": "The Host header is missing, or is no host",
  "not-found": "There is no such page; see /",
  "range-not-satisfiable": "The file is not that long",
};

/** The texts for the pages, from the folders next to this file. */
export interface PageTexts {
  /** The style sheet. */
  readonly style: string;
  /** The templates of the installation scripts. */
  readonly install: Readonly<Record<InstallLanguage, string>>;
}

export async function readPageTexts(): Promise<PageTexts> {
  const [style, sh, ps1] = await Promise.all(
    ["page/page.css", "install/install.sh", "install/install.ps1"].map((name) =>
      Deno.readTextFile(new URL(name, import.meta.url))
    ),
  );
  return { style: style ?? "", install: { sh: sh ?? "", ps1: ps1 ?? "" } };
}
