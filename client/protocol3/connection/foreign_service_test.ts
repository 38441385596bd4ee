import { strictEqual } from "node:assert/strict";
import { foreignService } from "./errors.ts";

/** The first bytes of real services, and the kind of each. */
const SEEN: readonly (readonly [string, string | undefined])[] = [
  ["HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n", "an HTTP server"],
  ["<html>\r\n<head><title>400", "an HTTP server"],
  ["SSH-2.0-OpenSSH_9.9\r\n", "an SSH server"],
  ["\x15\x03\x01\x00\x02\x02\x46", "a TLS server"],
  ["\x16\x03\x03\x00\x7a\x02", "a TLS server"],
  ["220 mail.example.org ESMTP Postfix\r\n", "a mail server (SMTP)"],
  ["220 (vsFTPd 3.0.5)\r\n", "a mail or FTP server"],
  ["220-FTP server ready\r\n", "an FTP server"],
  ["+OK Dovecot ready.\r\n", "a mail server (POP3)"],
  ["* OK [CAPABILITY IMAP4rev1] ready\r\n", "a mail server (IMAP)"],
  ["RFB 003.008\n", "a VNC server"],
  ["-ERR unknown command\r\n", "a Redis server"],
  ["\x4a\x00\x00\x00\n8.0.36\0", "a MySQL server"],
  ["\x03\x40\x06\x10\x00\x00\x00", undefined],
  ["2200 is a number", undefined],
  ["What do you mean?\n", undefined],
  ["", undefined],
];

Deno.test("foreignService() names services by their first bytes, and nothing else", () => {
  for (const [text, expected] of SEEN) {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    strictEqual(foreignService(bytes), expected, JSON.stringify(text));
  }
});
