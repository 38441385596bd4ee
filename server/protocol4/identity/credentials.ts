import { decodeUtf8, fromBase64 } from "../../../shared/text/encodings.ts";

/** The token of a request. */
export interface Credentials {
  readonly token: string;
  /** `basic` if it is the password of Basic, whose user may be anything. */
  readonly scheme: "bearer" | "basic";
}

/** The most characters of the header that are looked at; a token has 43. */
const LONGEST = 1_024;

/** The token in an `Authorization` header; undefined if there is none, or it is of another form. */
export function credentialsOf(header: string | null): Credentials | undefined {
  if (header === null || header.length > LONGEST) return undefined;
  const [, scheme = "", value = ""] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*) *$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { token: value, scheme: "bearer" };
    case "basic": {
      const bytes = fromBase64(value);
      const pair = bytes === undefined ? undefined : decodeUtf8(bytes);
      const colon = pair?.indexOf(":") ?? -1;
      if (pair === undefined || colon < 0) return undefined;
      return { token: pair.slice(colon + 1), scheme: "basic" };
    }
    default:
      return undefined;
  }
}
