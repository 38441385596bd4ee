import { makeCertificate, toPem } from "../../../shared/protocol4/keys/certificate.ts";
import type { ServerKey } from "../identity/key_text.ts";

/** A certificate and its private key, in PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A new certificate of the server's own key, for its key name, `localhost` and `hostnames`. */
export async function tlsIdentity(
  { privateKey, pkcs8, spki }: ServerKey,
  hostnames: readonly string[],
): Promise<TlsIdentity> {
  const names = [...new Set(["localhost", ...hostnames])];
  return {
    cert: toPem("CERTIFICATE", await makeCertificate({ key: privateKey, spki, names })),
    key: toPem("PRIVATE KEY", pkcs8),
  };
}
