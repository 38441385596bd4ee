import { type Address, formatAddress, parseAddress } from "../../text/address.ts";
import { quoted } from "../../text/quoted.ts";
import { TextFileError } from "../../text/text.ts";
import { keyText, spkiOfText } from "./public_key.ts";

/** The TCP port of a server whose address names none. */
export const DEFAULT_PORT = 1256;

/** Where a server is, by which key it is known, and perhaps an invitation to it. */
export interface ServerAddress extends Address {
  /** The server's public key; undefined if the address does not have it. */
  readonly spki: Uint8Array | undefined;
  /**
   * An invitation, or the code by which another computer of a client is added: a secret, which
   * reaches no log and no `known_servers`.
   */
  readonly invitation: string | undefined;
}

/** What a code for another computer begins with; no invitation does. */
export const DEVICE_CODE_PREFIX = "device-";

const FORM = /^(?:sealpost:\/\/)?([^/?#]*)\/?(?:#([^.]*)(?:\.(.*))?)?$/is;
const INVITATION = /^[A-Za-z0-9_-]{1,128}$/;
const HAS_PORT = /^(?:\[[^\]]*\]|[^:]*):[^:]*$/;

/**
 * Parses `sealpost://HOST[:PORT]/[#KEY[.invite]]`; `sealpost://` and the `/` may be missing, as in
 * `HOST`.
 *
 * Throws a `TextFileError`: `bad-address` for another form or a host that cannot be used,
 * `bad-port` and `port-out-of-range`, `bad-server-key` for a key that is no point of P-256, and
 * `bad-invitation`. No message has the invitation.
 */
export function parseServerAddress(text: string): ServerAddress {
  const [, authority, key, invitation] = FORM.exec(text) ?? [];
  if (authority === undefined || authority === "") {
    throw new TextFileError(
      "bad-address",
      `${quoted(withoutSecret(text))} is not the address of a server; write it as ` +
        '"sealpost://HOST:PORT/#KEY", as the server prints it when it starts',
    );
  }
  const hasPort = HAS_PORT.test(authority);
  const address = parseAddress(hasPort ? authority : `${authority}:${DEFAULT_PORT}`);
  const spki = key === undefined ? undefined : spkiOfText(key);
  if (key !== undefined && spki === undefined) {
    throw new TextFileError(
      "bad-server-key",
      `${quoted(key)} is not the key of a server; copy the whole address, with the 44 characters ` +
        'behind "#"',
    );
  }
  if (invitation !== undefined && !isInvitation(invitation)) {
    throw new TextFileError(
      "bad-invitation",
      'What follows the key and "." in the address is not an invitation; copy the whole address',
    );
  }
  return { ...address, spki, invitation };
}

/** Whether a text has the form of an invitation or of a code for another computer. */
export function isInvitation(text: string): boolean {
  return INVITATION.test(text);
}

/**
 * The text that `parseServerAddress()` reads; the port is always in it. Throws a `TypeError` for an
 * invitation without a key, or a key that is not of P-256.
 */
export function formatServerAddress(
  { host, port, spki, invitation }: Address & Partial<ServerAddress>,
): string {
  if (spki === undefined && invitation !== undefined) {
    throw new TypeError("An invitation stands behind a key");
  }
  const fragment = spki === undefined ? "" : `#${keyText(spki)}`;
  const secret = invitation === undefined ? "" : `.${invitation}`;
  return `sealpost://${formatAddress({ host, port })}/${fragment}${secret}`;
}

/** The text without what may be an invitation. */
function withoutSecret(text: string): string {
  return text.replace(/#.*$/s, "#...");
}
