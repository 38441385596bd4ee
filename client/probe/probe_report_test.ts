import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { SERVER_DEVIATIONS } from "../../shared/protocol3/parsing/reply_parser.ts";
import { runClient } from "../../tests/end_to_end/fixtures/in_process.ts";
import { FieldServer } from "../../tests/field/field_server.ts";
import { NOBODY } from "../../tests/peers/nobody.ts";
import { ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { EXIT } from "../client_error.ts";
import { jsonProbe, probeText } from "./run_probe.ts";

const SHOWN = {
  server: { host: "::1", port: 1256 },
  program: "deno task client",
  deviations: SERVER_DEVIATIONS,
};
const COMMAND = "deno task client FILE --server [::1]:1256 --name NAME --revision 2023c";
const OFFICIAL = { revision: "2023c", certain: true, deviations: [] } as const;

Deno.test("probeText() says what a server by the book speaks, and how to send to it", () => {
  strictEqual(
    probeText({ three: OFFICIAL, protocol4: undefined }, SHOWN),
    "[::1]:1256 speaks revision 2023c\n" +
      "It showed no deviation from the protocol, as far as can be seen without registering\n" +
      `To send a file: ${COMMAND}\n`,
  );
});

Deno.test("probeText() lists deviations with their names, and says when it is not certain", () => {
  const three = {
    revision: "2023c",
    certain: false,
    deviations: ["other-version", "close-after-reply"],
  };
  const lines = probeText({ three, protocol4: undefined }, SHOWN).split("\n");
  deepStrictEqual(lines, [
    "[::1]:1256 answers with errors only, as one of revision 2023c or a related one would",
    "It deviates from the protocol; nothing has to be done about that:",
    `  other-version: ${SERVER_DEVIATIONS["other-version"]}`,
    `  close-after-reply: ${SERVER_DEVIATIONS["close-after-reply"]}`,
    `To send a file: ${COMMAND}`,
    "",
  ]);
});

Deno.test("jsonProbe() has the address, what was found, and the command line", () => {
  deepStrictEqual(jsonProbe({ three: OFFICIAL, protocol4: undefined }, SHOWN), {
    server: "[::1]:1256",
    protocols: ["3"],
    revision: "2023c",
    certain: true,
    deviations: [],
    command: COMMAND,
  });
});

Deno.test("probe prints a command line that sends a file to that server", async () => {
  await using folder = await temporaryFolder();
  await using server = new FieldServer({
    revision: "2023c",
    habits: { version: 2, closesAfter: "reply" },
  });
  const address = formatAddress(server.address);
  const [text, json] = await Promise.all([
    runClient(["probe", address]),
    runClient(["probe", address, "--json"]),
  ]);
  deepStrictEqual({ code: text.code, stderr: text.stderr }, { code: 0, stderr: "" });
  ok(text.stdout.startsWith(`${address} speaks revision 2023c\n`), text.stdout);
  ok(!server.heard.flat().includes("register"));
  const { command, deviations, ...rest } = JSON.parse(json.stdout);
  deepStrictEqual(rest, {
    ...{ server: address, protocols: ["3"], revision: "2023c", certain: true },
  });
  deepStrictEqual([...deviations].sort(), ["close-after-reply", "other-version"]);
  strictEqual(json.stdout.split("\n").length, 2);
  match(text.stdout, new RegExp(`\nTo send a file: ${command}\n$`));

  const path = join(folder.path, "a.txt");
  await Deno.writeTextFile(path, "The quick brown fox");
  const [program, ...args] = command.split("deno task client ");
  strictEqual(program, "");
  const words = args.join("").replace("FILE", path).replace("NAME", "Bo").split(" ");
  const { code, stderr } = await runClient(words);
  strictEqual(code, 0, stderr);
  deepStrictEqual([...server.files.keys()], ["a.txt"]);
});

Deno.test("The program ends a probe with the exit code of its failure", async () => {
  await using other = new ScriptedServer({ revision: "2024a", onConnect: "close" });
  const [closes, nobody, nothing] = await Promise.all([
    runClient(["probe", formatAddress(other.address)]),
    runClient(["probe", formatAddress(NOBODY), "--json"]),
    runClient(["probe"]),
  ]);
  strictEqual(closes.code, EXIT.failed);
  match(closes.stderr, /^Fatal: The server understood no revision of the protocol; check /m);
  match(closes.stderr, /, or log in if it speaks protocol 4 \(login ADDRESS --name NAME\)$/m);
  strictEqual(nobody.code, EXIT.noConnection);
  match(nobody.stderr, /^Fatal: No server listens on /m);
  strictEqual(nothing.code, EXIT.usage);
  strictEqual(JSON.parse(nobody.stdout).exitCode, EXIT.noConnection);
  for (const { stdout } of [closes, nothing]) strictEqual(stdout, "");
});

Deno.test("The program prints nothing of a probe when it is told to be quiet", async () => {
  await using server = new FieldServer({ revision: "2024a" });
  const address = formatAddress(server.address);
  deepStrictEqual(await runClient(["probe", address, "--quiet"]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});
