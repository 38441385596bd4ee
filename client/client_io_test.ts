import assert from "node:assert/strict";
import { systemIo, USER_HOME } from "./client_io.ts";

Deno.test("systemIo() reads the user's home from the launcher of a package", () => {
  const { env } = systemIo();
  const own = Deno.env.get("HOME");
  assert.equal(env("HOME"), own);
  try {
    Deno.env.set(USER_HOME, "/home/other");
    assert.equal(env("HOME"), "/home/other");
    Deno.env.set(USER_HOME, "");
    assert.equal(env("HOME"), undefined);
    assert.equal(env(USER_HOME), "");
  } finally {
    Deno.env.delete(USER_HOME);
  }
});
