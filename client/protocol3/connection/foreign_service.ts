/** The most bytes needed to recognise a service. */
export const TELLING_BYTES = 128;

/** The first bytes of text protocols, and what each service is called. */
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
 * The kind of service that sends these first bytes, with its article; undefined if unknown. Only
 * for bytes that are not a reply of protocol 3.
 */
export function foreignService(first: Uint8Array): string | undefined {
  const [type = 0, major = 0, minor = 0, sequence = 0, version = 0] = first;
  // An alert or handshake record of SSL 3.0 to TLS 1.3.
  if ((type === 0x15 || type === 0x16) && major === 3 && minor <= 4) return "a TLS server";
  const text = String.fromCharCode(...first.subarray(0, TELLING_BYTES));
  // The first packet of handshake version 10, with the server's version.
  if (sequence === 0 && version === 10 && /^\d+\.\d/.test(text.slice(5))) return "a MySQL server";
  return SERVICES.find(([pattern]) => pattern.test(text))?.[1];
}
