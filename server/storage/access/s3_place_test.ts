import assert from "node:assert/strict";

import { parseS3Place } from "./s3_place.ts";

Deno.test("parseS3Place() takes bucket, prefix, endpoint and region apart", () => {
  assert.deepEqual(parseS3Place("s3://files/a/b/?endpoint=http://127.0.0.1:9000&region=eu-1"), {
    endpoint: "http://127.0.0.1:9000",
    region: "eu-1",
    bucket: "files",
    prefix: "a/b/",
    text: "s3://files/a/b",
  });
  const short = parseS3Place("s3://files");
  assert(typeof short !== "string");
  assert.deepEqual(
    [short.endpoint, short.prefix, short.text],
    ["https://s3.us-east-1.amazonaws.com", "", "s3://files"],
  );
});

Deno.test("parseS3Place() says what is wrong, and takes no keys", () => {
  for (
    const [text, fault] of [
      ["files", /give s3:/],
      ["https://files", /give s3:/],
      ["s3://AK:SK@files", /AWS_ACCESS_KEY_ID/],
      ["s3://files:9000", /port in endpoint/],
      ["s3://a", /bucket/],
      ["s3://files/..%2f", /prefix/],
      ["s3://files/a//b", /prefix/],
      ["s3://files?secret=x", /"secret"/],
      ["s3://files?endpoint=ftp://x", /endpoint/],
      ["s3://files?endpoint=https://u:p@x", /endpoint/],
      ["s3://files?endpoint=https://x/path", /endpoint/],
      ["s3://files?region=a%20b", /region/],
    ] as const
  ) {
    const said = parseS3Place(text);
    assert(typeof said === "string" && fault.test(said), `${text}: ${JSON.stringify(said)}`);
  }
});
