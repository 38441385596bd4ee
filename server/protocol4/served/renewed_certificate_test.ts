import { deepStrictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { recordedLog } from "../../../tests/peers/test_services.ts";
import { Counters } from "../../observe/counters.ts";
import { type CertificateCounter, RenewedCertificate } from "./renewed_certificate.ts";

Deno.test("Files of a certificate are read again within a minute of their change", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/c.pem`;
  await Deno.writeTextFile(path, "one");
  const { log } = await recordedLog();
  const clock = new TestClock();
  const counters = new Counters<CertificateCounter>();
  const used: string[] = [];
  {
    await using watched = await RenewedCertificate.watch({
      files: [path, `${folder.path}/missing`],
      async read() {
        const cert = await Deno.readTextFile(path);
        if (cert === "damaged") throw new Error("It is damaged");
        return { cert, key: "" };
      },
      use: ({ cert }) => used.push(cert),
      ...{ clock, log, counters },
    });
    const minute = async () => {
      clock.advance(60_000);
      await watched.look({ always: false });
      // The next alarm is set when the look at the files is over.
      await clock.waitedFor(60_000);
    };
    await clock.waitedFor(60_000);
    await minute();
    deepStrictEqual(used, []);
    for (const text of ["damaged", "another one"]) {
      await Deno.writeTextFile(path, text);
      await minute();
    }
    await minute();
    deepStrictEqual(used, ["another one"]);
    await watched.look({ always: true });
    deepStrictEqual(used, ["another one", "another one"]);
  }
  clock.advance(600_000);
  deepStrictEqual(used.length, 2);
  deepStrictEqual(
    [counters.value("certificates-renewed"), counters.value("certificates-refused")],
    [2, 1],
  );
});
