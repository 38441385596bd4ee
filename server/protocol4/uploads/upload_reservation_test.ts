import { rejects } from "node:assert/strict";
import { ALICE, BOB, openQuota } from "../../../tests/peers/open_quota.ts";
import type { QuotaReason } from "../../files/quota.ts";
import { UploadReservation } from "./upload_reservation.ts";

const MIB = 1024 ** 2;

/** Asserts that there is no room for so many more bytes, and why. */
async function assertFull(
  reservation: UploadReservation,
  { bytes, reason }: { readonly bytes: number; readonly reason: QuotaReason },
): Promise<void> {
  await rejects(reservation.arrives(bytes), { name: "QuotaError", reason });
}

Deno.test("an upload that others have left no room for meanwhile is refused by name", async () => {
  await using open = await openQuota({ bytes: 5 * MIB / 2 });
  const size = 2 * MIB;
  // Before anything has come, each takes a mebibyte of what is left.
  using first = await UploadReservation.reserve(open.quota, {
    ...{ clientId: ALICE, clientBytes: undefined, size },
  });
  using _second = await UploadReservation.reserve(open.quota, {
    ...{ clientId: BOB, clientBytes: undefined, size: MIB },
  });
  await first.arrives(MIB);
  await assertFull(first, { bytes: MIB, reason: "server-bytes-exceeded" });
});

Deno.test("an upload of unknown length is taken up to the last byte that has room", async () => {
  await using open = await openQuota({});
  using upload = await UploadReservation.reserve(open.quota, {
    ...{ clientId: ALICE, clientBytes: 5 * MIB, size: undefined },
  });
  // A step of four mebibytes, and then what comes.
  for (let n = 0; n < 5; n++) await upload.arrives(MIB);
  await assertFull(upload, { bytes: 1, reason: "client-bytes-exceeded" });
});

Deno.test("what an upload had reserved is free again once it is disposed of", async () => {
  await using open = await openQuota({ bytesPerClient: MIB });
  const options = { clientId: ALICE, clientBytes: undefined, size: MIB };
  for (let n = 0; n < 2; n++) {
    using upload = await UploadReservation.reserve(open.quota, options);
    await upload.arrives(MIB);
    await rejects(UploadReservation.reserve(open.quota, options), {
      ...{ name: "QuotaError", reason: "client-bytes-exceeded" },
    });
  }
});
