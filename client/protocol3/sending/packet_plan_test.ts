import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { ClientError, type ClientReason, EXIT } from "../../client_error.ts";
import { MAX_FILE_SIZE } from "../../files/local_file.ts";
import { planPackets, planSealedPackets } from "./packet_plan.ts";

const PACKETED = [REVISIONS["2024a"], REVISIONS["2024c"]] as const;
const WHOLE = [REVISIONS["2022c"], REVISIONS["2023a"], REVISIONS["2023c"]] as const;

const MAX_PACKETS = 65_535;

/** The largest content: its size is a 32-bit number, and a whole number of blocks. */
const LARGEST = 0xffff_fff0;

/** Sizes of encrypted contents, small ones and those around the limits just as often. */
const contentSizes = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 0, max: LARGEST - 16 }),
  fc.integer({ min: -40, max: 40 }).map((more) => MAX_PACKETS * 32 * 1024 + more),
).map(encryptedSize);

function refusedWith(reason: ClientReason, message: RegExp, plan: () => unknown): void {
  throws(plan, (error) => {
    ok(error instanceof ClientError);
    strictEqual(error.reason, reason);
    strictEqual(error.exitCode, EXIT.usage);
    ok(message.test(error.message), error.message);
    return true;
  });
}

Deno.test("planPackets() cuts a content into numbered packets, none empty", () => {
  fc.assert(fc.property(
    contentSizes,
    fc.option(fc.integer({ min: 1, max: LARGEST }), { nil: undefined }),
    fc.constantFrom(...PACKETED),
    (contentSize, wish, revision) => {
      const wanted = wish && Math.max(wish, Math.ceil(contentSize / MAX_PACKETS));
      const { packets, packetSize } = planPackets(contentSize, { revision, wanted });
      ok(Number.isSafeInteger(packets) && packets >= 1 && packets <= MAX_PACKETS);
      ok(packets * packetSize >= contentSize);
      ok((packets - 1) * packetSize < contentSize);
      if (wanted !== undefined) strictEqual(packetSize, wanted);
    },
  ));
});

Deno.test("planPackets() refuses a size that needs too many packets and names a valid one", () => {
  fc.assert(fc.property(contentSizes, fc.constantFrom(...PACKETED), (contentSize, revision) => {
    const least = Math.ceil(contentSize / MAX_PACKETS);
    fc.pre(least > 1);
    refusedWith(
      "packet-size-too-small",
      new RegExp(` ${least - 1} bytes; use a --packet-size of at least ${least}$`),
      () => planPackets(contentSize, { revision, wanted: least - 1 }),
    );
    strictEqual(planPackets(contentSize, { revision, wanted: least }).packetSize, least);
  }));
});

Deno.test("planPackets() takes packets of 32 KiB up to 16 MiB, and of 1 MiB beyond", () => {
  const [revision] = PACKETED;
  const small = 32 * 1024;
  const large = 1024 * 1024;
  const most = 16 * large;
  const plans = [[16, small, 1], [small, small, 1], [small + 16, small, 2], [most, small, 512]];
  const more = [[most + 16, large, 17], [LARGEST, large, 4096]];
  for (const [contentSize = 0, packetSize, packets] of [...plans, ...more]) {
    deepStrictEqual(planPackets(contentSize, { revision }), { contentSize, packetSize, packets });
  }
});

Deno.test("planPackets() sends a file in one message where a revision has no packets", () => {
  fc.assert(fc.property(
    contentSizes.filter((size) => size <= 0xffff_ffff - 275),
    fc.option(fc.integer({ min: 1, max: 1024 }), { nil: undefined }),
    fc.constantFrom(...WHOLE),
    (contentSize, wanted, revision) => {
      const plan = planPackets(contentSize, { revision, wanted });
      deepStrictEqual(plan, { contentSize, packetSize: contentSize, packets: 1 });
    },
  ));
});

Deno.test("planSealedPackets() cuts a file into numbered packets of whole blocks", () => {
  const [revision] = PACKETED;
  fc.assert(fc.property(
    fc.oneof(fc.nat({ max: 100_000 }), fc.nat({ max: LARGEST - 1 })),
    fc.option(fc.integer({ min: 65_600, max: 1 << 20 }), { nil: undefined }),
    (size, wanted) => {
      const plan = planSealedPackets(size, { revision, wanted });
      const { packets, packetSize, messageSize = NaN } = plan;
      strictEqual(packetSize % 16, 0);
      // The most that a message of so many blocks can hold.
      strictEqual(encryptedSize(messageSize), packetSize);
      ok(packets >= 1 && packets <= MAX_PACKETS);
      ok(packets * messageSize >= size);
      ok((packets - 1) * messageSize < Math.max(1, size));
      if (wanted !== undefined) strictEqual(packetSize, wanted - wanted % 16);
    },
  ));
});

Deno.test("planSealedPackets() refuses a wish that is no block, or needs too many packets", () => {
  const [revision] = PACKETED;
  for (const [size, wanted, least] of [[0, 15, 16], [15 * MAX_PACKETS + 1, 16, 32]] as const) {
    refusedWith(
      "packet-size-too-small",
      new RegExp(` ${wanted} bytes; use a --packet-size of at least ${least}$`),
      () => planSealedPackets(size, { revision, wanted }),
    );
    planSealedPackets(size, { revision, wanted: least });
  }
});

for (const revision of WHOLE) {
  Deno.test(`planPackets() refuses what is too large for one message of ${revision.name}`, () => {
    const room = 0xffff_ffff - revision.requests.file.layout.size;
    const most = room - room % 16;
    strictEqual(planPackets(most, { revision }).packets, 1);
    refusedWith("file-too-large", /less than 4 GiB/, () => planPackets(most + 16, { revision }));
  });
}

Deno.test("The largest file that is looked at is the largest whose content has a size", () => {
  strictEqual(encryptedSize(MAX_FILE_SIZE), LARGEST);
  ok(encryptedSize(MAX_FILE_SIZE + 1) > LARGEST);
});
