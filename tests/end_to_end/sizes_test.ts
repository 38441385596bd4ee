/** Files of every size that is special to blocks, chunks or packets. */

import { sendAndCompare } from "./fixtures/sent_sizes.ts";

const MIB = 1024 * 1024;
const PACKET = 1024;

/** Plain sizes whose encrypted size is 1, 2 and 3 packets, or one block away from that. */
const AROUND_PACKETS = [1, 2, 3].flatMap((packets) =>
  [-16, 0, 16].flatMap((offset) => {
    const encrypted = packets * PACKET + offset;
    return [encrypted - 16, encrypted - 1];
  })
);

// Of 64 MB in tests/long/programs/.
Deno.test("Files of 0 bytes to 6 MB arrive intact, with their checksum", async () => {
  await sendAndCompare([0, 1, 15, 16, 17, 65_535, 65_536, 6 * MIB]);
});

Deno.test("Files that end around the end of a packet arrive intact", async () => {
  await sendAndCompare(AROUND_PACKETS, ["--packet-size", String(PACKET)]);
});
