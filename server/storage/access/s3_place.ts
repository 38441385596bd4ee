/** A bucket, and what keys in it begin with. */
export interface S3Place {
  /** `https://host[:port]` of the service. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Empty, or a path that ends with a slash. */
  readonly prefix: string;
  /** `s3://bucket/prefix`: what identifies the place, whatever the service is reached by. */
  readonly text: string;
}

/** The region that is signed for where none is given: services that have none take it. */
const REGION = "us-east-1";

/**
 * Reads `s3://bucket/prefix?endpoint=URL&region=NAME`. Without an endpoint it is Amazon's of the
 * region. Returns a sentence about what is wrong, as a string.
 */
export function parseS3Place(text: string): S3Place | string {
  const url = URL.parse(text);
  if (url?.protocol !== "s3:") return "give s3://bucket/prefix?endpoint=URL&region=NAME";
  if (url.username !== "" || url.password !== "" || url.port !== "" || url.hash !== "") {
    return "give keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and a port in endpoint=URL";
  }
  const { hostname: bucket } = url;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    return "give a bucket with 3 to 63 lower-case letters, digits, dots and hyphens";
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  if (!/^[A-Za-z0-9._/-]{0,200}$/.test(prefix) || /(^|\/)(\.{0,2})(\/|$)/.test(prefix || "x")) {
    return "give a prefix of up to 200 letters, digits, dots, hyphens and slashes";
  }
  const other = [...url.searchParams.keys()].find((key) => !/^(endpoint|region)$/.test(key));
  if (other !== undefined) return `take ${JSON.stringify(other)} out: only endpoint and region`;
  const region = url.searchParams.get("region") ?? REGION;
  if (!/^[A-Za-z0-9-]{1,40}$/.test(region)) return "give a region such as eu-central-1";
  const endpoint = endpointOf(url.searchParams.get("endpoint"), region);
  if (endpoint === undefined) return "give an endpoint such as https://s3.example.org:9000";
  const under = prefix === "" ? "" : `/${prefix}`;
  return {
    endpoint,
    region,
    bucket,
    prefix: prefix === "" ? "" : `${prefix}/`,
    text: `s3://${bucket}${under}`,
  };
}

function endpointOf(given: string | null, region: string): string | undefined {
  if (given === null) return `https://s3.${region}.amazonaws.com`;
  const url = URL.parse(given);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" &&
    url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return isPlain ? url.origin : undefined;
}
