import { StorageError, type StorageReason } from "../../storage_error.ts";
import { textOf } from "./s3_xml.ts";

/** An answer of a service that says no. */
export interface S3Refusal {
  readonly status: number;
  /** The body, or the part of it that was read. */
  readonly body: string;
  /** What was asked for, such as `put an object`. */
  readonly asked: string;
  readonly bucket: string;
}

/** The code of a refusal, such as `NoSuchKey`; empty if there is none. */
export function codeOf({ body }: Pick<S3Refusal, "body">): string {
  return textOf(body, "Code") ?? "";
}

/** Whether the same request may be answered otherwise a little later. */
export function mayPass({ status, body }: Pick<S3Refusal, "status" | "body">): boolean {
  if (status >= 500 && status !== 501 && status !== 507) return true;
  return status === 429 || codeOf({ body }) === "RequestTimeout";
}

/** Translates a refusal, with what an operator can do about it. */
export function s3Error(refusal: S3Refusal): StorageError {
  const { status, bucket, asked, body } = refusal;
  const code = codeOf(refusal);
  const message = textOf(body, "Message");
  const [reason, advice] = reasonOf(status, code);
  const said = [code, message].filter((part) => part).join(": ");
  const detail = said === "" ? `${status}` : `${status} (${said.slice(0, 300)})`;
  return new StorageError(
    reason,
    `Could not ${asked} in the bucket ${JSON.stringify(bucket)}: the store says ${detail}` +
      (advice === "" ? "" : `; ${advice}`),
  );
}

function reasonOf(status: number, code: string): readonly [StorageReason, string] {
  switch (code) {
    case "NoSuchBucket":
      return ["store-bucket-missing", "make the bucket, or name another with --store"];
    case "RequestTimeTooSkewed":
      return ["store-clock-differs", "set the clock of this machine right"];
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return ["store-denied", "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"];
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "IllegalLocationConstraintException":
      return ["store-denied", "give region and endpoint of the bucket with --store"];
    case "QuotaExceeded":
      return ["disk-full", "the quota of the bucket is used up"];
    case "SlowDown":
      return ["store-busy", ""];
  }
  if (status === 507) return ["disk-full", "the store is full"];
  if (status === 401 || status === 403) {
    return ["store-denied", "give its user the rights to get, put, list and delete"];
  }
  if (status === 301 || status === 307) {
    return ["store-denied", "give region and endpoint of the bucket with --store"];
  }
  if (status === 429 || status === 503) return ["store-busy", ""];
  return [status >= 400 && status < 500 ? "store-refused" : "store-failed", ""];
}
