import { strictEqual } from "node:assert/strict";
import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import { reasonOf, Refusal } from "./refusal.ts";
import { StorageError } from "../storage/storage_error.ts";

Deno.test("reasonOf() is the reason of a protocol, storage or server error", () => {
  strictEqual(reasonOf(new ProtocolError("name-empty", "The name is empty")), "name-empty");
  strictEqual(reasonOf(new StorageError("disk-full", "The disk is full")), "disk-full");
  strictEqual(reasonOf(new Refusal("no-upload", "There is none")), "no-upload");
});

Deno.test("reasonOf() treats anything else as a fault of the server", () => {
  const impostor = Object.assign(new Error("Not one of ours"), { reason: "name-taken" });
  for (const error of [impostor, new Deno.errors.NotFound(), "disk-full", undefined, null]) {
    strictEqual(reasonOf(error), "internal-error");
  }
});
