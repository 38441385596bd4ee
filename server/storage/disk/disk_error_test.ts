import assert from "node:assert/strict";

import { StorageError } from "../storage_error.ts";
import { diskError } from "./disk_error.ts";

Deno.test("diskError() names the errors that an operator can mend", () => {
  const table: readonly (readonly [string, string])[] = [
    ["ENOSPC", "disk-full"],
    ["EDQUOT", "disk-full"],
    ["EMFILE", "out-of-descriptors"],
    ["ENFILE", "out-of-descriptors"],
    ["ENOMEM", "out-of-memory"],
    ["EACCES", "data-not-writable"],
    ["EROFS", "data-not-writable"],
    ["EIO", "disk-failed"],
  ];
  for (const [code, reason] of table) {
    const cause = Object.assign(new Error("Text of the system"), { code });
    const error = diskError(cause, 'write to "/srv/data"');
    assert.equal(error.reason, reason);
    assert.match(error.message, /^Cannot write to "\/srv\/data": /);
    assert.equal(error.cause, cause);
  }
});

Deno.test({
  name: "diskError() takes a refusal by Deno's permissions for one by the system",
  permissions: { write: false },
  fn: async () => {
    await assert.rejects(Deno.mkdir("never_made"), (error) => {
      assert.equal(diskError(error, "try").reason, "data-not-writable");
      return true;
    });
  },
});

Deno.test("diskError() returns a StorageError as it is", () => {
  const error = new StorageError("disk-full", "The disk is full");
  assert.equal(diskError(error, "write"), error);
});
