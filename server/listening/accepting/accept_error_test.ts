import { strictEqual } from "node:assert/strict";
import { acceptErrorKind, acceptErrorName } from "./accept_error.ts";

const coded = (code: string) => Object.assign(new Error(`as the system says (${code})`), { code });

Deno.test("acceptErrorKind() tells connection, shortage and listener apart", () => {
  for (const code of ["ENOTCONN", "ECONNRESET", "ECONNABORTED", "EINTR", "EPROTO"]) {
    strictEqual(acceptErrorKind(coded(code)), "connection", code);
  }
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
    strictEqual(acceptErrorKind(coded(code)), "shortage", code);
  }
  for (const code of ["EBADF", "EINVAL", "ENOTSOCK", "EFAULT"]) {
    strictEqual(acceptErrorKind(coded(code)), "listener", code);
  }
});

Deno.test("acceptErrorKind() knows the runtime's classes without a code", () => {
  const { NotConnected, ConnectionReset, ConnectionAborted, Interrupted } = Deno.errors;
  for (const Kind of [NotConnected, ConnectionReset, ConnectionAborted, Interrupted]) {
    strictEqual(acceptErrorKind(new Kind("gone")), "connection", Kind.name);
  }
  strictEqual(acceptErrorKind(new Deno.errors.BadResource("closed")), "listener");
  strictEqual(acceptErrorKind("thrown"), "listener");
  strictEqual(acceptErrorName(new Deno.errors.NotConnected("gone")), "ENOTCONN");
  strictEqual(acceptErrorName(new Deno.errors.BadResource("closed")), "BadResource");
});
