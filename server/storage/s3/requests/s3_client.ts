import { AwsClient } from "aws4fetch";

import { type Clock, pause } from "../../../../shared/clock.ts";
import { toHex } from "../../../../shared/text/encodings.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";
import { StorageError } from "../../storage_error.ts";
import { mayPass, s3Error } from "./s3_error.ts";
import type { S3Place } from "../../access/s3_place.ts";

/** Milliseconds that a try may take beside what its bytes need: the default. */
export const TRY_TIME = 30_000;
/** The slowest that a body is expected to be sent, in bytes a millisecond: 1 MB/s. */
const SLOWEST = 1_000;
/** Tries after the first. */
const RETRIES = 2;
/** Milliseconds before the second try; each later one waits twice as long. */
const FIRST_WAIT = 100;
/** Milliseconds between two calls of `onTrouble`. */
const TROUBLE_EVERY = 10_000;
/** The most characters of an error that are looked at. */
const MOST_OF_ERROR = 4_096;

/** The keys of a user of the service. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3ClientOptions {
  readonly place: S3Place;
  readonly keys: S3Keys;
  readonly clock: Clock;
  /** Milliseconds for a try. Default: `TRY_TIME`. */
  readonly tryTime?: number;
  /** Called when a request has failed for good, at most every 10 s, with the number since then. */
  readonly onTrouble?: ((error: StorageError, failures: number) => void) | undefined;
}

/** A request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The key of an object, without the prefix; the bucket itself without one. */
  readonly key?: string;
  /** Words of the query in the order in which they are sent. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** What it does, for messages: `put an object`. */
  readonly asked: string;
  /** Statuses beside 2xx that are no error. */
  readonly expected?: readonly number[];
  /** Tries after the first; 0 for what must not be repeated blindly. Default: 2. */
  readonly retries?: number;
}

/** An answer with its whole body. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends signed requests, each try with a time limit, and repeats those that failed for a reason
 * that may pass. All errors are a `StorageError`; none has a key or a signature in it.
 */
export class S3Client {
  readonly place: S3Place;
  readonly #signer: AwsClient;
  readonly #clock: Clock;
  readonly #tryTime: number;
  /** Over TLS a body cannot be changed on its way, and a hash of it costs as much as sending it. */
  readonly #signsBodies: boolean;
  readonly #onTrouble: S3ClientOptions["onTrouble"];
  /** Requests that failed, and were not told of yet; when that was done last. */
  #failures = 0;
  #toldAt = -Infinity;

  constructor({ place, keys, clock, tryTime = TRY_TIME, onTrouble }: S3ClientOptions) {
    this.#onTrouble = onTrouble;
    this.place = place;
    this.#clock = clock;
    this.#tryTime = tryTime;
    this.#signsBodies = !place.endpoint.startsWith("https:");
    this.#signer = new AwsClient({
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      region: place.region,
      service: "s3",
      retries: 0,
    });
  }

  /** Sends a request, and reads the whole answer. */
  ask(request: S3Request): Promise<S3Answer> {
    return this.#tries(request, async (signal) => {
      // The runtime repeats a request by itself if a connection that was used before ends without
      // an answer: it takes it for one that had ended already.
      using apart = request.retries === 0
        ? Deno.createHttpClient({ poolMaxIdlePerHost: 0 })
        : undefined;
      const response = await this.#fetch(request, signal, apart);
      const { status, headers } = response;
      return { status, headers, text: await response.text() };
    });
  }

  /**
   * Sends a request, and returns the answer once it has begun. The caller has to read its body or
   * to cancel it; the body of an error has been read.
   */
  open(request: S3Request): Promise<Response> {
    return this.#tries(request, (signal) => this.#fetch(request, signal));
  }

  async #tries<T extends { readonly status: number }>(
    request: S3Request,
    once: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { retries = RETRIES } = request;
    for (let tried = 0;; tried++) {
      try {
        return await this.#within(request, once);
      } catch (error) {
        const isLast = !(error instanceof Passing) || tried >= retries;
        if (isLast) throw this.#told(error instanceof Passing ? error.error : error);
      }
      await pause(this.#clock, FIRST_WAIT * 2 ** tried * (0.5 + Math.random() / 2));
    }
  }

  #told(error: unknown): unknown {
    if (!(error instanceof StorageError)) return error;
    this.#failures++;
    const now = this.#clock.now();
    if (now - this.#toldAt < TROUBLE_EVERY) return error;
    this.#onTrouble?.(error, this.#failures);
    [this.#toldAt, this.#failures] = [now, 0];
    return error;
  }

  /** One try. Throws a `Passing` if another one may help. */
  async #within<T extends { readonly status: number }>(
    request: S3Request,
    once: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const limit = this.#tryTime + (request.body?.byteLength ?? 0) / SLOWEST;
    const late = new AbortController();
    const cancel = this.#clock.after(limit, () => late.abort());
    try {
      return await once(late.signal);
    } catch (error) {
      if (error instanceof StorageError || error instanceof Passing) throw error;
      const what = `Could not ${request.asked} in the bucket ${JSON.stringify(this.place.bucket)}`;
      const at = this.place.endpoint;
      throw new Passing(
        late.signal.aborted
          ? new StorageError(
            "store-timed-out",
            `${what}: ${at} gave no answer within ${Math.round(limit / 1_000)} s`,
          )
          : new StorageError(
            "store-unreachable",
            `${what}: ${at} cannot be reached: ${whyNot(error)}`,
            { cause: error },
          ),
      );
    } finally {
      cancel();
    }
  }

  async #fetch(
    request: S3Request,
    signal: AbortSignal,
    client?: Deno.HttpClient,
  ): Promise<Response> {
    const { method, body, expected = [], asked } = request;
    const signed = await this.#signer.sign(this.#url(request), {
      method,
      headers: { ...request.headers, "x-amz-content-sha256": await this.#hash(body) },
      ...(body !== undefined && { body }),
      redirect: "manual",
    });
    const response = await fetch(signed, { signal, ...(client && { client }) });
    const { status } = response;
    if (response.ok || expected.includes(status)) return response;
    const text = (await response.text()).slice(0, MOST_OF_ERROR);
    const refusal = { status, body: text, asked, bucket: this.place.bucket };
    const error = s3Error(refusal);
    throw mayPass(refusal) ? new Passing(error) : error;
  }

  async #hash(body: Uint8Array<ArrayBuffer> = new Uint8Array()): Promise<string> {
    if (!this.#signsBodies) return "UNSIGNED-PAYLOAD";
    return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
  }

  #url({ key, query = {} }: S3Request): string {
    const { endpoint, bucket, prefix } = this.place;
    const path = key === undefined ? bucket : `${bucket}/${prefix}${key}`;
    const words = new URLSearchParams(query).toString();
    return `${endpoint}/${path}${words === "" ? "" : `?${words}`}`;
  }
}

/** Why a request had no answer, and what to do: the runtime has the reason in the error's cause. */
function whyNot(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  const why = messageOf(cause ?? error).replace(/^error sending request for url \([^)]*\): /, "");
  const isUnknown = why.includes("UnknownIssuer");
  return why +
    (isUnknown
      ? "; name a file with the certificate of its authority in DENO_CERT"
      : "; see that it runs, and that --store names it");
}

/** An error that another try may not have. */
class Passing extends Error {
  readonly error: StorageError;

  constructor(error: StorageError) {
    super(error.message);
    this.error = error;
  }
}
