import type { OpenStoredOptions } from "../../storage/open_stored.ts";
import { openBucketInspection } from "../../storage/open_inspection.ts";
import { clockFinding, type KnownPlace } from "./examine_database.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** Milliseconds of a day. */
const DAY = 86_400_000;

/** Examines a bucket, and whether it is that of the database. */
export async function* examineBucket(
  { bucket, clock }: Pick<OpenStoredOptions, "bucket" | "clock">,
  { known, uploadTime }: {
    /** What the database says; undefined if it could not be asked. */
    readonly known: KnownPlace | undefined;
    /** Milliseconds for which an interrupted upload is kept. */
    readonly uploadTime: number;
  },
): AsyncGenerator<Finding> {
  if (bucket === undefined) {
    if (known !== undefined) yield sameFinding(known, undefined);
    return;
  }
  const { place } = bucket;
  const inspection = await openBucketInspection({ ...bucket, clock });
  const reached = await orFailure("bucket", () => inspection.reach());
  if ("failure" in reached) {
    yield reached.failure;
    for (const check of ["region", "bucket rights", "bucket clock", "rules"] as const) {
      yield skip(check, "The bucket cannot be used");
    }
  } else {
    yield ok("bucket", `${place.text} at ${place.endpoint} can be listed`);
    const { region, ahead } = reached.value;
    yield region === undefined || region === place.region
      ? ok("region", `The region ${place.region} is right`)
      : warn(
        "region",
        `The bucket is in ${region}, and ${place.region} was named`,
        `Write region=${region} into --store`,
      );
    const probed = await orFailure("bucket rights", () => inspection.probe());
    yield "failure" in probed
      ? probed.failure
      : ok("bucket rights", "Objects and parts can be put, got and removed");
    yield ahead === undefined
      ? skip("bucket clock", "The store does not say what time it is")
      : clockFinding("bucket clock", ahead);
    yield await rulesFinding();
  }
  yield known === undefined
    ? skip("same bucket", "The database cannot be asked")
    : sameFinding(known, place.text);

  async function rulesFinding(): Promise<Finding> {
    const read = await orFailure("rules", () => inspection.rules());
    if ("failure" in read || read.value === undefined) {
      return skip("rules", "The rules of the bucket cannot be read: its user may not, or none has");
    }
    const { abortsAfter, removes } = read.value;
    const days = Math.ceil(uploadTime / DAY) + 1;
    if (removes) {
      return fail(
        "rules",
        "A rule of the bucket removes objects, or moves them to another class",
        "Remove it: the server removes what nothing needs any more by itself",
      );
    }
    if (abortsAfter === undefined) {
      return warn(
        "rules",
        "No rule of the bucket gives up uploads that were never completed",
        `Add one that aborts incomplete uploads after ${days} days`,
      );
    }
    if (abortsAfter * DAY > uploadTime) {
      return ok("rules", `Incomplete uploads are given up after ${abortsAfter} days`);
    }
    return fail(
      "rules",
      `A rule gives incomplete uploads up after ${abortsAfter} days, when clients may go on`,
      `Make it ${days} days: later than --upload-time`,
    );
  }
}

function sameFinding({ place: bound }: KnownPlace, place: string | undefined): Finding {
  if (bound === place) {
    return ok(
      "same bucket",
      place === undefined ? "Contents lie in the data folder" : "It is the bucket of the database",
    );
  }
  if (bound === undefined) {
    return ok("same bucket", "The database is bound to no bucket yet: the first start does that");
  }
  return fail(
    "same bucket",
    place === undefined
      ? `The contents of the database lie in ${bound}, and no bucket was named`
      : `The contents of the database lie in ${bound}`,
    "Name the same bucket for all servers of the database with --store",
  );
}
