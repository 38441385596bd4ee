import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import {
  CLIENT_ID,
  eventsOf,
  file,
  header,
  RECONNECT,
  REGISTER,
  short,
  summary,
  verdict,
} from "./sample_requests.ts";

function parserOf(
  revision: RevisionName | "auto",
  { askRecord = false }: { readonly askRecord?: boolean } = {},
): RequestParser {
  return new RequestParser({ revision, askRecord, maxFileSize: 1000 });
}

Deno.test("RequestParser tells by the first code who speaks, and stays with it", () => {
  for (const name of ["2024a", "2024c", "2023a"] as const) {
    const parser = parserOf("auto");
    strictEqual(parser.revision.name, "2024a");
    deepStrictEqual(summary(eventsOf(parser, short(name, RECONNECT))), [`${name} reconnect`]);
    strictEqual(parser.revision.name, name);
    deepStrictEqual(summary(eventsOf(parser, header(name === "2024c" ? 1025 : 825, 255))), [
      "unknown-code",
    ]);
  }
});

Deno.test("RequestParser tells 2022c from 2023a by the payload of a file", () => {
  for (const name of ["2022c", "2023a"] as const) {
    const parser = parserOf("auto");
    const events = eventsOf(parser, short(name, REGISTER), file(name), verdict(name));
    deepStrictEqual(summary(events), [
      "2023a register",
      `${name} file`,
      "content 48",
      "packetEnd",
      `${name} crcValid`,
    ]);
  }
});

Deno.test("RequestParser tells 2022c from 2023a by the size of a verdict", () => {
  for (const name of ["2022c", "2023a"] as const) {
    for (const kind of ["crcValid", "crcRetry", "crcAbort"] as const) {
      const events = eventsOf(parserOf("auto"), verdict(name, kind), verdict(name, kind));
      deepStrictEqual(summary(events), [`${name} ${kind}`, `${name} ${kind}`]);
    }
  }
});

Deno.test("RequestParser does not wait for an id that a file request has no room for", () => {
  for (const size of [0, 15]) {
    const events = eventsOf(parserOf("auto"), header(1103, size), new Uint8Array(size));
    deepStrictEqual(summary(events), ["file-payload-too-small"]);
  }
});

Deno.test("RequestParser asks for what is on record of a client that several revisions fit", () => {
  const parser = parserOf("auto", { askRecord: true });
  parser.push(Uint8Array.from([...short("2023c", RECONNECT), ...file("2023c")]));
  deepStrictEqual(parser.next(), { type: "ambiguous", clientId: CLIENT_ID });
  parser.preferRevision("2023c");
  const rest = eventsOf(parser, new Uint8Array(0));
  deepStrictEqual(summary(rest), ["2023c reconnect", "2023c file", "content 48", "packetEnd"]);
});

Deno.test("RequestParser tells 2022c from 2023a by its bytes, whatever the record says", () => {
  for (const name of ["2022c", "2023a"] as const) {
    for (const record of ["2022c", "2023a", undefined] as const) {
      const parser = parserOf("auto", { askRecord: true });
      const publicKey = new Uint8Array(160);
      const bringsKey = { ...RECONNECT, kind: "publicKey", publicKey } as const;
      deepStrictEqual(summary(eventsOf(parser, short(name, bringsKey))), ["ambiguous"]);
      parser.preferRevision(record);
      deepStrictEqual(summary(eventsOf(parser, file(name), verdict(name))), [
        `${record ?? "2023a"} publicKey`,
        `${name} file`,
        "content 48",
        "packetEnd",
        `${name} crcValid`,
      ]);
    }
  }
});

Deno.test("RequestParser prefers 2024a when the record says nothing or nothing that fits", () => {
  for (const record of [undefined, "2024c", "2022c"] as const) {
    const parser = parserOf("auto", { askRecord: true });
    parser.push(short("2024a", RECONNECT));
    strictEqual(parser.next()?.type, "ambiguous");
    parser.preferRevision(record);
    deepStrictEqual(summary(eventsOf(parser, new Uint8Array(0))), ["2024a reconnect"]);
  }
});

Deno.test("RequestParser asks once, if there is an id and several revisions fit", () => {
  const newcomer = parserOf("auto", { askRecord: true });
  deepStrictEqual(summary(eventsOf(newcomer, short("2024a", REGISTER))), ["2024a register"]);
  deepStrictEqual(summary(eventsOf(newcomer, short("2024a", RECONNECT))), ["ambiguous"]);
  newcomer.preferRevision(undefined);
  deepStrictEqual(summary(eventsOf(newcomer, short("2024a", RECONNECT))), [
    "2024a reconnect",
    "2024a reconnect",
  ]);
  for (const revision of ["auto", "2024c"] as const) {
    const parser = parserOf(revision, { askRecord: true });
    deepStrictEqual(summary(eventsOf(parser, short("2024c", RECONNECT))), ["2024c reconnect"]);
  }
});

Deno.test("RequestParser.preferRevision() says nothing when nobody asked", () => {
  const parser = parserOf("auto");
  parser.preferRevision("2023c");
  deepStrictEqual(summary(eventsOf(parser, short("2024a", RECONNECT))), ["2024a reconnect"]);
});
