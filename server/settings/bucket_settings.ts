import { duration, type Kind, kind, path } from "../../shared/settings/kind.ts";
import { YEAR } from "../../shared/settings/quantity.ts";
import { type Environment, optional, setting } from "../../shared/settings/setting.ts";
import { messageOf } from "../../shared/text/quoted.ts";
import { parseS3Place, type S3Place } from "../storage/access/s3_place.ts";
import { StartupError } from "./startup_error.ts";

/** A bucket, as `s3://bucket/prefix?endpoint=URL&region=NAME`. */
const s3Place: Kind<S3Place> = kind({
  metavar: "PLACE",
  parse(text) {
    const place = parseS3Place(text);
    return typeof place === "string" ? undefined : place;
  },
  expected: "s3://bucket/prefix?endpoint=URL&region=NAME",
  fault(text) {
    const place = parseS3Place(text);
    return typeof place === "string" ? `Expected the place of a bucket: ${place}` : undefined;
  },
  format: ({ text, endpoint, region }) => `${text}?endpoint=${endpoint}&region=${region}`,
});

/** The settings of contents in a bucket. */
export const BUCKET = {
  storePlace: optional("--store", s3Place, {
    help: "An S3 bucket for the contents of files, in place of the data folder; its keys are in " +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the file of --store-keys",
  }),
  storeKeys: optional("--store-keys", path("FILE"), {
    help: "A file with the id and the secret of an access key for --store, on a line each",
  }),
  storeTimeout: setting("--store-timeout", duration(100), {
    help: "How long a try of a request to --store may take, beside a second for each MB of it",
    fallback: 30_000,
  }),
  garbageTime: setting("--garbage-time", duration(1_000, YEAR), {
    help:
      "How long --store keeps contents that were replaced or removed: a download of them that " +
      "takes longer breaks off",
    fallback: 3_600_000,
  }),
  spool: optional("--spool", path("FOLDER", { creates: true }), {
    help: "The folder, of this server alone, for parts of files on their way to --store " +
      "(default: spool in the data folder)",
  }),
};

/** Keys of a user of a store. */
interface StoreKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Reads the keys of a store, from the file if there is one, else from the variables that all
 * programs for S3 know. Throws a `StartupError` that has nothing of them.
 */
export async function readStoreKeys(
  file: string | undefined,
  env: Environment,
): Promise<StoreKeys> {
  if (file === undefined) {
    const [accessKeyId, secretAccessKey] = [
      env("AWS_ACCESS_KEY_ID"),
      env("AWS_SECRET_ACCESS_KEY"),
    ];
    if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
    throw new StartupError(
      "--store needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with " +
        "--store-keys",
    );
  }
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    throw new StartupError(`Could not read the keys of --store: ${messageOf(error)}`);
  }
  const [accessKeyId, secretAccessKey, ...rest] = text.split(/\r?\n/).filter((line) => line !== "");
  if (accessKeyId && secretAccessKey && rest.length === 0) return { accessKeyId, secretAccessKey };
  throw new StartupError(
    `${JSON.stringify(file)} has no keys for --store: write the id and the secret, a line each`,
  );
}
