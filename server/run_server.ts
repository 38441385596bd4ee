import { reuseReleasedMemory } from "../shared/runtime.ts";
import { NO_CLIENT_ID } from "../shared/wire/client_id.ts";
import type { FilesCounter } from "./files/incoming_file.ts";
import { IncomingFiles } from "./files/incoming_files.ts";
import { Quota } from "./files/quota.ts";
import type { OpenListener } from "./listening/accepting/addresses.ts";
import {
  type ListeningCounter,
  type ServedListener,
  serveListeners,
  type ServeOptions,
} from "./listening/serve_listeners.ts";
import { Counters } from "./observe/counters.ts";
import { decideProtocol, REFUSE_OTHERS } from "./listening/choosing/decide_protocol.ts";
import { chooseProtocol } from "./listening/choosing/choose_protocol.ts";
import { protocol3 } from "./protocol3/connection.ts";
import { expiredUploads, stoppedUploads } from "./protocol3/uploads/expired_uploads.ts";
import type { Protocol3Counter } from "./protocol3/protocol3_counter.ts";
import { writeKey } from "./protocol4/identity/server_key.ts";
import { FollowedKey, type FollowedKeyCounter } from "./protocol4/served/followed_key.ts";
import { certifiedIdentity, openIdentity } from "./protocol4/served/open_identity.ts";
import {
  type CertificateCounter,
  RenewedCertificate,
} from "./protocol4/served/renewed_certificate.ts";
import {
  type Protocol4Identity,
  ServedProtocol4,
  type ServedProtocol4Counter,
  type ServedProtocol4Options,
} from "./protocol4/served/served_protocol4.ts";
import type { Protocol4Parts } from "./protocol4/protocol4.ts";
import { formatServerAddress } from "../shared/protocol4/keys/server_address.ts";
import { UploadsUnderWay } from "./protocol3/uploads/uploads_under_way.ts";
import type { SharedSecrets } from "./storage/shared_secrets.ts";
import type { NamedStorage, TreeStorage } from "./storage/storage.ts";

/** What a server counts, but for the page. */
export type ServerCounter =
  | ListeningCounter
  | FilesCounter
  | Protocol3Counter
  | ServedProtocol4Counter
  | CertificateCounter
  | FollowedKeyCounter;

/** What protocol 4 needs beside what all protocols have. */
export interface Protocol4Settings
  extends TreeStorage, Pick<Protocol4Parts, "registration" | "uploadTime" | "data"> {
  readonly identity: Protocol4Identity;
  /** The files of a CA's certificate and of its key. Default: there are none. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** What several servers share: their key is in there. Default: there is one server. */
  readonly shared?: SharedSecrets | undefined;
  /** Called with what reads them again at once. Default: nothing asks for that. */
  readonly onRenewal?: (renew: () => void) => void;
}

export interface ServerOptions extends NamedStorage, Omit<ServeOptions, "counters"> {
  readonly listeners: readonly OpenListener[];
  /** Listeners for something else, which are served with them. Default: none. */
  readonly others?: readonly ServedListener[];
  /** Default: no listener speaks protocol 4. */
  readonly protocol4?: Protocol4Settings | undefined;
  /** Refuses all deviations from the protocol. */
  readonly strict: boolean;
  /** Whether to keep whole files on which their client gives no verdict. Default: true. */
  readonly keepUnverified?: boolean;
  /** Default: new ones. */
  readonly counters?: Counters<ServerCounter>;
}

/**
 * Serves all listeners as `serveListeners()` does, each with its protocol, and discards unfinished
 * files at the end.
 */
export async function runServer(options: ServerOptions): Promise<void> {
  const {
    listeners,
    log,
    catalog,
    store,
    committer,
    limits,
    strict,
    clock,
    keepUnverified = true,
  } = options;
  const { counters = new Counters<ServerCounter>(), others = [] } = options;
  reuseReleasedMemory();
  const uploads = new UploadsUnderWay({
    clock,
    // A strict server serves no deviation, and a client that gives no verdict deviates.
    onExpired: expiredUploads({ keepUnverified: keepUnverified && !strict, counters }),
  });
  const { all } = await catalog.usage(NO_CLIENT_ID);
  if (all.files >= limits.files) {
    log.warn(
      "{files} files are stored, and --max-files is {limit}: new ones are refused, and those " +
        "that replace another are taken",
      { files: all.files, limit: limits.files },
    );
  }
  const quota = new Quota({ limits, catalog, store });
  const parts = {
    files: new IncomingFiles({ store, committer, quota, counters }),
    identities: catalog,
    uploads,
    counters,
    clock,
    maxFileSize: limits.fileSize,
    claimTime: limits.claimTime,
  };
  await using four = options.protocol4 && ServedProtocol4.open({
    ...options.protocol4,
    ...{ quota, counters, clock, log },
    ...{ fileSize: limits.fileSize, limitLoopback: limits.loopback },
    requestsPerClient: limits.connectionsPerClient,
  });
  await using _certificate = four &&
    await renewed(four, { ...options.protocol4, log, counters, clock });
  await using _key = four && options.protocol4 &&
    followed(four, { ...options.protocol4, log, counters, clock });
  const served = listeners.map(({ listener, revision, protocols = "3" }) => {
    const three = protocol3({ ...parts, revision, strict });
    if (protocols === "3" || four === undefined) {
      return { listener, protocol: decideProtocol({ decide: () => three, counters }) };
    }
    const other = protocols === "4" ? REFUSE_OTHERS : three;
    const { tls } = four;
    const clear = four.clear(listener.addr.port);
    return { listener, protocol: chooseProtocol({ tls, clear, other }, { counters }) };
  });
  try {
    await serveListeners([...served, ...others], { ...options, counters });
  } finally {
    stoppedUploads(uploads.parked, { counters });
    await uploads.clear();
    log.info("Stopped", counters.snapshot());
  }
}

/** Looks after the files of a CA's certificate, if there are some. */
async function renewed(
  four: ServedProtocol4,
  { certificate, key, onRenewal, ...services }:
    & Pick<Protocol4Settings, "certificate" | "key" | "onRenewal">
    & Pick<ServedProtocol4Options, "log" | "clock">
    & { readonly counters: Counters<CertificateCounter> },
): Promise<RenewedCertificate | undefined> {
  if (certificate === undefined || key === undefined) return undefined;
  const watched = await RenewedCertificate.watch({
    ...services,
    files: [certificate, key],
    read: async () => await certifiedIdentity(certificate, key) ?? { cert: "", key: "" },
    use: (identity) => four.useCertificate(identity),
  });
  onRenewal?.(() => void watched.look({ always: true }));
  return watched;
}

/** Has the server follow the key of all servers of its database, if there can be others. */
function followed(
  four: ServedProtocol4,
  { shared, data, identity: { serverKey: key }, ...services }:
    & Pick<Protocol4Settings, "shared" | "data" | "identity">
    & Pick<ServedProtocol4Options, "log" | "clock">
    & { readonly counters: Counters<FollowedKeyCounter> },
): FollowedKey | undefined {
  if (shared === undefined) return undefined;
  return FollowedKey.follow({
    ...{ ...services, shared, key },
    async use(changed) {
      await four.useKey(changed);
      if (data !== undefined) await writeKey(data, changed);
    },
  });
}

/** Whether any of the listeners speaks protocol 4. */
function speaks4({ protocols = "3" }: OpenListener): boolean {
  return protocols !== "3";
}

/**
 * Opens who the server is to clients of protocol 4, and returns it with the addresses that lead
 * there, and the one for a host by which a visitor knows the server; undefined if no listener
 * speaks it. Throws a `StartupError`.
 */
export async function openProtocol4(
  listeners: readonly OpenListener[],
  settings: Parameters<typeof openIdentity>[0],
): Promise<
  {
    readonly identity: Protocol4Identity;
    readonly addresses: readonly string[];
    readonly addressAt: (host: string) => string;
  } | undefined
> {
  const speaking = listeners.filter(speaks4);
  const [first] = speaking;
  if (first === undefined) return undefined;
  const identity = await openIdentity(settings);
  const { serverKey: { spki }, hostnames: [name] } = identity;
  const addresses = speaking.map(({ listener: { addr: { hostname, port } } }) => {
    const host = name ?? (isWildcard(hostname) ? "localhost" : hostname);
    return formatServerAddress({ host, port, spki });
  });
  const { port } = first.listener.addr;
  const addressAt = (host: string) => formatServerAddress({ host, port, spki });
  return { identity, addresses: [...new Set(addresses)], addressAt };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
