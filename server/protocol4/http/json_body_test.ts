import { deepStrictEqual, ok, rejects } from "node:assert/strict";

import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { jsonBody, MOST_JSON } from "./json_body.ts";
import { ReadMemory } from "./read_memory.ts";

/** What is read of a request with this text, whose length is announced or not. */
function read(text: string, { type = "application/json", announced = false } = {}) {
  const headers = {
    "content-type": type,
    ...(announced && { "content-length": `${text.length}` }),
  };
  const body = new Blob([text]).stream();
  return jsonBody(new Request("http://host", { method: "POST", headers, body }), new ReadMemory());
}

Deno.test("jsonBody() reads an object of so many bytes, and no more", async () => {
  const sized = (size: number) => `{"a":"${"b".repeat(size - 8)}"}`;
  for (const announced of [false, true]) {
    const { a } = await read(sized(MOST_JSON), { announced });
    deepStrictEqual(a, "b".repeat(MOST_JSON - 8));
    await refuses("body-too-large", read(sized(MOST_JSON + 1), { announced }));
  }
});

Deno.test("jsonBody() takes nothing but JSON, under its own type", async () => {
  for (const type of ["", "text/plain", "application/jsonp", "multipart/form-data"]) {
    await refuses("wrong-media-type", read("{}", { type }));
  }
  deepStrictEqual(await read("{}", { type: "Application/JSON; charset=utf-8" }), {});
  for (const text of ["", "{", "null", "7", '"a"', "[]"]) await refuses("bad-request", read(text));
});

async function refuses(reason: string, reading: Promise<unknown>): Promise<void> {
  await rejects(reading, (error: unknown) => {
    ok(error instanceof ProblemError);
    deepStrictEqual(error.reason, reason);
    return true;
  });
}
