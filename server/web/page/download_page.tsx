import type { Child, FC } from "hono/jsx";
import { CHECKSUMS_NAME } from "../../../shared/release/release_files.ts";
import type { Target } from "../../../shared/release/targets.ts";
import { formatSize } from "../../../shared/settings/quantity.ts";
import type { Offer, OfferedFile } from "../downloads/release_folder.ts";
import type { VisitedHost } from "../visitor/visited_host.ts";
import { matchingFile, type VisitorSystem } from "../visitor/visitor_system.ts";
import { PAGE_ICON } from "./page_icon.tsx";
import { SendBy3, SendBy4 } from "./send_lines.tsx";
import { SystemWarning } from "./system_warning.tsx";

/** The operator's texts on the page. */
export interface PageHeading {
  /** A line that replaces the server's address. */
  readonly title: string | undefined;
  /** One or more lines. */
  readonly notice: string | undefined;
}

/** No texts. */
export const NO_HEADING: PageHeading = { title: undefined, notice: undefined };

export interface DownloadPageOptions {
  readonly offer: Offer;
  readonly visitor: VisitorSystem;
  readonly visited: VisitedHost;
  readonly heading: PageHeading;
  /** The server's address: `server.example:1256`. */
  readonly server: string;
  /** Its address with its key, for protocol 4; undefined if it does not speak that. */
  readonly keyed: string | undefined;
  /** The three lines of `transfer.info`, as an example for this server. */
  readonly transferInfo: string;
  /** The style sheet; exactly the text that was passed to `securityHeaders()`. */
  readonly style: string;
}

const SYSTEMS: Readonly<Record<Target["os"], string>> = {
  linux: "Linux",
  darwin: "macOS",
  windows: "Windows",
};

/**
 * Renders the page: it offers the client and explains how to send files, the quickest way first.
 */
export function renderDownloadPage(options: DownloadPageOptions): string {
  return `<!DOCTYPE html>\n${<DownloadPage {...options} />}\n`;
}

/** Renders the icon of the project as an SVG file. */
export function renderIcon(): string {
  return `${PAGE_ICON}\n`;
}

const DownloadPage: FC<DownloadPageOptions> = (options) => {
  const { offer, visitor, visited, style, heading: { title, notice } } = options;
  const match = matchingFile(offer.newest, visitor);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          name="description"
          content="The Sealpost client: sends files, encrypted and checked"
        />
        <title>{title ?? `Sealpost on ${visited.host}`}</title>
        <link rel="icon" type="image/svg+xml" href="/icon.svg" />
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <header>
          <a class="brand" href="/">
            {PAGE_ICON} <span>Sealpost</span>
          </a>
        </header>
        <main>
          {title === undefined
            ? (
              <h1>
                Send files to <span class="host">{visited.host}</span>
              </h1>
            )
            : <h1>{title}</h1>}
          <p class="lead">
            Files go to{" "}
            <span class="host">{options.server}</span>: encrypted on the way, checked at the end,
            sent again when wrong.
          </p>
          {notice !== undefined && <p class="notice" id="notice">{notice}</p>}
          {visitor.isPhone && <Phone visited={visited} />}
          <Step number={1} title="Get the client">
            {match === undefined
              ? <NoMatch offer={offer} visitor={visitor} />
              : <Match file={match} offer={offer} visitor={visitor} visited={visited} />}
          </Step>
          <Step number={2} title="Send a file">
            {options.keyed === undefined
              ? <SendBy3 server={options.server} />
              : <SendBy4 address={options.keyed} />}
          </Step>
          <Step number={3} title="Or write it down once">
            <p>
              Put these three lines into a file <code>transfer.info</code>{" "}
              in the folder that you send from: the server, your name, the path of the file.
            </p>
            <pre class="copy" id="transfer-info">{options.transferInfo}</pre>
            <p class="note">
              One click selects all of it, or <a href="/transfer.info">save it as a file</a>.{" "}
              {options.keyed === undefined ? "Then" : "Once you have logged in,"}{" "}
              <code>sealpost</code> alone sends that file.
            </p>
          </Step>
          {offer.newest.length > 0 && <AllFiles offer={offer} match={match} />}
        </main>
        <footer>
          {visited.origin.startsWith("http:") && (
            <p>
              This page came over plain HTTP: somebody between you and the server could have changed
              it, digests included. Where that matters, compare a digest with one that you got in
              another way.
            </p>
          )}
          <p>Sealpost {offer.version ?? ""} is free software under the MIT licence.</p>
        </footer>
      </body>
    </html>
  );
};

const Step: FC<{ number: number; title: string; children?: Child }> = (
  { number, title, children },
) => (
  <section class="step">
    <h2>
      <span class="number">{number}</span> {title}
    </h2>
    {children}
  </section>
);

const Match: FC<
  { file: OfferedFile; offer: Offer; visitor: VisitorSystem; visited: VisitedHost }
> = ({ file, offer, visitor, visited }) => {
  const { target: { os } } = file;
  const others = offer.newest.filter(({ target }) => target.os === os && target !== file.target);
  return (
    <>
      <a class="download" href={`/downloads/${file.name}`} id="match">
        <ArrowDown />
        <span>
          <b>Download for {file.target.title}</b>
          <small>
            Version {file.version}, {formatSize(file.size)}, {whatItIs(file)}
          </small>
        </span>
      </a>
      <Digest of={file} />
      <Afterwards file={file} />
      <SystemWarning file={file} />
      {visitor.arch === undefined && others[0] !== undefined && (
        <p class="note">
          Another processor? There is one for{" "}
          <a href={`/downloads/${others[0].name}`}>{others[0].target.title}</a> too.
        </p>
      )}
      <p>
        Or let a script fetch it, check its digest and put it in its place, for you alone and
        without{" "}
        {os === "windows" ? "administrator's rights, in PowerShell" : "root"}. The same line
        upgrades it later:
      </p>
      <pre class="copy" id="install">
        {os === "windows"
          ? `irm ${visited.origin}/install.ps1 | iex`
          : `curl -fsSL ${visited.origin}/install.sh | sh`}
      </pre>
      <p class="note">
        Read it first:{" "}
        <a href={os === "windows" ? "/install.ps1" : "/install.sh"}>
          {os === "windows" ? "install.ps1" : "install.sh"}
        </a>.
      </p>
    </>
  );
};

/** The steps after a download. */
const Afterwards: FC<{ file: OfferedFile }> = ({ file: { kind, name, target } }) => {
  if (kind === "package") {
    return (
      <p class="note">
        Unpack it anywhere; the program in it is{" "}
        <code>{target.os === "windows" ? "sealpost.cmd" : "sealpost"}</code>.
      </p>
    );
  }
  if (target.os === "windows") {
    return (
      <p class="note">
        Rename it to <code>sealpost.exe</code>, and run it in a terminal in its folder.
      </p>
    );
  }
  return (
    <>
      <p class="note">
        Then let it run, and give it a short name; in its folder it is <code>./sealpost</code>:
      </p>
      <pre class="copy">{`chmod +x ${name} && mv ${name} sealpost`}</pre>
    </>
  );
};

const Phone: FC<{ visited: VisitedHost }> = ({ visited }) => (
  <p class="notice" id="phone">
    A telephone or tablet cannot run the client. Open this page on a computer with Linux, macOS or
    Windows: <b>{visited.origin}/</b>
  </p>
);

const NoMatch: FC<{ offer: Offer; visitor: VisitorSystem }> = ({ offer, visitor }) => {
  if (offer.newest.length === 0) {
    return (
      <p id="no-match">
        No client is offered here. Who has one can use it with what stands below.
      </p>
    );
  }
  const system = visitor.isPhone
    ? "There is none for this device."
    : visitor.os === undefined
    ? "Your device is none that there is a client for, or does not say what it is."
    : `There is no client for ${SYSTEMS[visitor.os]} here.`;
  return (
    <p id="no-match">
      {system} See <a href="#all">those that there are</a>.
    </p>
  );
};

const AllFiles: FC<{ offer: Offer; match: OfferedFile | undefined }> = ({ offer, match }) => (
  <section id="all">
    <h2>All systems</h2>
    <ul class="files">
      {offer.newest.map((file) => (
        <li class={file === match ? "yours" : ""}>
          <div>
            <a href={`/downloads/${file.name}`}>{file.target.title}</a>
            <span class="what">{whatItIs(file)}</span>
            <span class="size">{formatSize(file.size)}</span>
          </div>
          <Digest of={file} />
        </li>
      ))}
    </ul>
    <p class="note">
      With <a href={`/downloads/${CHECKSUMS_NAME}`}>{CHECKSUMS_NAME}</a>{" "}
      beside it, a download is checked by{" "}
      <code>sha256sum --check --ignore-missing {CHECKSUMS_NAME}</code>.
    </p>
  </section>
);

const Digest: FC<{ of: OfferedFile }> = ({ of: { sha256 } }) => (
  <p class="digest">
    <abbr title="The digest of the file, to check it by">SHA-256</abbr> <code>{sha256}</code>
  </p>
);

const ArrowDown: FC = () => (
  <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
    <path
      d="M12 4v11m0 0-5-5m5 5 5-5M5 20h14"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>
);

function whatItIs({ kind, target }: OfferedFile): string {
  return kind === "binary" ? "one executable" : `package (.${target.archive})`;
}
