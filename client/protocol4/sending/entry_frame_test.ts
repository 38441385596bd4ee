import { deepStrictEqual } from "node:assert/strict";
import { formatUploadMetadata } from "../../../shared/protocol4/resources/upload_metadata.ts";
import { metadataOf } from "./entry_frame.ts";

/** 64 bits of nanoseconds end on 2262-04-11; the first millisecond that they do not have. */
const TOO_LATE = 9_223_372_036_855;

Deno.test("metadataOf() leaves out a time that cannot be told, and keeps all else", () => {
  const file = { kind: "file", path: "a", to: ["b", "a"], size: 3, mode: 0o640 } as const;
  const told = [0, TOO_LATE - 1, TOO_LATE, -TOO_LATE - 1, Infinity].map((modified) => {
    const metadata = metadataOf({ ...file, modified });
    // It has a form that is sent, in any case.
    formatUploadMetadata(metadata);
    return metadata;
  });
  const base = { path: "b/a", mode: "640" };
  deepStrictEqual(told, [
    { ...base, mtime: "0" },
    { ...base, mtime: "9223372036854000000" },
    base,
    base,
    base,
  ]);
});
