/** Bytes that tell what a service is, as far as any of these needs them. */
export const TELLING_BYTES = 128;

/** What services that speak in text begin with, and what each is called. */
const SERVICES: readonly (readonly [first: RegExp, name: string])[] = [
  [/^HTTP\/\d/, "an HTTP server"],
  [/^\s*<(?:!doctype|html|\?xml)/i, "an HTTP server"],
  [/^SSH-/, "an SSH server"],
  [/^220[ -][^\r\n]*\bE?SMTP\b/i, "a mail server (SMTP)"],
  [/^220[ -][^\r\n]*\bFTP/i, "an FTP server"],
  [/^220[ -]/, "a mail or FTP server"],
  [/^\+OK\b/, "a mail server (POP3)"],
  [/^\* OK\b/, "a mail server (IMAP)"],
  [/^RFB \d/, "a VNC server"],
  [/^-(?:ERR|NOAUTH|DENIED)\b/, "a Redis server"],
];

/**
 * What kind of service begins with these bytes, with its article; undefined when that cannot be
 * told. Only for bytes that are no reply of protocol 3.
 */
export function foreignService(first: Uint8Array): string | undefined {
  const [type = 0, major = 0, minor = 0, sequence = 0, version = 0] = first;
  // A record with an alert or a handshake, of SSL 3.0 to TLS 1.3.
  if ((type === 0x15 || type === 0x16) && major === 3 && minor <= 4) return "a TLS server";
  const text = String.fromCharCode(...first.subarray(0, TELLING_BYTES));
  // The first packet, in version 10 of the handshake, with the version of the server.
  if (sequence === 0 && version === 10 && /^\d+\.\d/.test(text.slice(5))) return "a MySQL server";
  return SERVICES.find(([pattern]) => pattern.test(text))?.[1];
}
