import { messageOf, quotedPath, runtimeRefusal } from "../../../shared/text/quoted.ts";
import { StartupError } from "../../settings/startup_error.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { sharedNonces } from "../identity/nonces.ts";
import { serverKey } from "../identity/server_key.ts";
import { type Protocol4Identity, type TlsIdentity, tlsIdentity } from "./served_protocol4.ts";

/**
 * Reads or makes what a server is known by: its key in the data folder, and the certificate of a CA
 * with its key, if there are some. Throws a `StartupError` that says what to do.
 */
export async function openIdentity(
  { data, hostnames, certificate, key, shared }: {
    readonly data: string;
    readonly hostnames: readonly string[];
    /** Paths of files in PEM; both or none. */
    readonly certificate: string | undefined;
    readonly key: string | undefined;
    /** What several servers share: its key is in there, too. */
    readonly shared?: SharedSecrets | undefined;
  },
): Promise<Protocol4Identity> {
  const certified = await certifiedIdentity(certificate, key);
  const known = await serverKey(data, shared);
  const nonces = shared && await sharedNonces(shared);
  const own = await tlsIdentity(known, hostnames);
  return { serverKey: known, nonces, own, certified, hostnames };
}

/**
 * The certificate of a CA and its key, from files in PEM; undefined if none are named. Throws a
 * `StartupError`.
 */
export async function certifiedIdentity(
  certificate: string | undefined,
  key: string | undefined,
): Promise<TlsIdentity | undefined> {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const [given, missing] = key === undefined ? ["certificate", "key"] : ["key", "certificate"];
    throw new StartupError(`--${given} needs --${missing} with it`);
  }
  const identity = {
    cert: await readPem(certificate, { flag: "certificate", label: "CERTIFICATE" }),
    key: await readPem(key, { flag: "key", label: "PRIVATE KEY" }),
  };
  try {
    // The runtime reads them only when it serves.
    using _listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity });
  } catch (error) {
    throw new StartupError(
      `${quotedPath(certificate)} and ${quotedPath(key)} cannot be used for TLS ` +
        `(${messageOf(error)}); give a certificate with its chain and its private key, in PEM`,
      { cause: error },
    );
  }
  return identity;
}

async function readPem(
  path: string,
  { flag, label }: { readonly flag: string; readonly label: string },
): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : runtimeRefusal(error) ?? messageOf(error);
    throw new StartupError(`Cannot read ${quotedPath(path)} for --${flag}: ${why}`, {
      cause: error,
    });
  }
  if (text.includes(`${label}-----`)) return text;
  throw new StartupError(
    `${quotedPath(path)} for --${flag} has no ${label} in PEM; name another file`,
  );
}
