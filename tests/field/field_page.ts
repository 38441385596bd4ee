/** Writes `docs/field.md` from the tables that the tests play: `deno task field-page`. */
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { SERVERS_IN_THE_FIELD } from "./server_rows.ts";

const PAGE = new URL("../../docs/field.md", import.meta.url);

/** The page, before it is formatted. */
export function fieldPage(): string {
  return `# Clients and servers in the field

Protocol 3 has been implemented hundreds of times, and about half of the programs depart from its
text. These tables say what was seen on the wire, what Sealpost does about it, and in which
revisions. They are made from the same data as the tests that play each row (\`tests/field/\`): do
not edit this page, edit the data and run \`deno task field-page\`. How deviations are recognised
is told in [decision 0010](decisions/0010-deviations.md).

## Clients that the server serves

Without any flag but, perhaps, the revision. Rows may come together in one client. The name is what
stands in counters (\`deviations.<name>\`) and, with \`--strict\`, the reason to refuse; rows
without one are within the letter of the protocol.

${
    table(
      ["a client with", "how it is served", "name", ...REVISION_NAMES],
      CLIENTS_IN_THE_FIELD.map(({ seen, served, strictReason, revisions }) => [
        ...[seen, served, code(strictReason)],
        ...marks(revisions),
      ]),
    )
  }

The tests play each row with files from 0 to 300 bytes in packets of 64, alone and in pairs. The
rows of the second round are played over sockets with 16, 1000 and 65,537 bytes in packets of 4096
too, in a first run and after a reconnect, beside official clients of all five revisions on one
listener; in the long tests all rows are, with 0, 1, 15 and 1,048,576 bytes as well, and so are
clients with what rows name together. The official clients get, byte for byte, the answers that the
server of version 0.1.0 gave them (\`tests/old/answers.json\`), also if they pause for 2 s after
each packet, and the server never begins to wait for a silence of theirs. Counted by
step, of every function, branch and loop, a server that serves all this does for them what a
strict one does, but for the second key: in 2024a and 2024c the last block of each file, or of its
first packet, is decrypted under both ([decision
0080](decisions/0080-steps-counted.md)), which takes a few microseconds.

Two things need a flag: a new client of 2023c on a listener for all revisions, since its first
request is that of 2024a (\`--listen '*:1357=2023c'\`), and a server that is not to keep files
without a verdict (\`--keep-unverified no\`). What cannot be served, or only at a price:

- A client that awaits an acknowledgement of each packet, if its first file is a single full packet:
  until then nothing tells it from a client that is slow with its verdict.
- A client that uses half of its key, if it sends more than 64 KiB (512 KiB while few uploads are
  under way) as one message: it sends the file twice, since the key shows at the end only.
- A client that gives no verdict, and sends the next file over the same connection: the one before
  is dropped, since its verdict may be to come.
- Packets encrypted apart on a connection each, from a client that awaits no checksum for each: it
  cannot be told from one that does.

## Servers that the client drives

Without any flag, where the last column of words names none. \`deno task client probe HOST:PORT\`
finds out what can be found out.

${
    table(
      ["a server with", "how the client gets along with it", "name", ...REVISION_NAMES],
      SERVERS_IN_THE_FIELD.map(({ seen, driven, noted, revisions }) => [
        ...[seen, driven, noted.map(code).join(", ")],
        ...marks(revisions),
      ]),
    )
  }

The tests play each row in its revisions and, in the long tests, every two rows together in 2022c
and 2024a, for a client that is told the revision. The rows on foreign codes are played with every
other row for a client that is not, new and on record: it finds the revision within three tries of
3 s at the most, and 2022c, on record, within five. A server that ends at a foreign code, in any
revision, gets its files when it was started again and named once. Rows of the second round are
played by the whole program, with no flag where the table names none, with files from 0 bytes to
1 MiB, in a first run and in a second one, which begins at once. What cannot be had:

- A file that is one request (2022c, 2023a, 2023c) and too large to come in one receive, at a server
  that takes one receive for a request. On Linux, over loopback and with the default buffers, one
  receive brought at most 65,536 bytes of the first file to a server that waited for it, and
  127,973 to one that came late; over a network it may be the 1,460 bytes of a segment. 65,537
  bytes get through after smaller files, 1 MiB never does. No client can change that, and the
  error says so, and to send the file in parts.
- A server that ends at a foreign code and speaks another revision than 2024c: it has to be started
  again, and named with \`--revision\` in the first run.
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(name: string | undefined): string {
  return name === undefined ? "" : `\`${name}\``;
}

function marks(revisions: readonly RevisionName[]): readonly string[] {
  return REVISION_NAMES.map((name) => revisions.includes(name) ? "yes" : "");
}

if (import.meta.main) await Deno.writeTextFile(PAGE, fieldPage());
