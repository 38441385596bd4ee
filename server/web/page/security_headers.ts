import { createHash } from "node:crypto";

/**
 * Returns the headers of every response. Pages may use their inline style sheet and images of the
 * same origin, and nothing else: no scripts, frames, forms, or other origins.
 */
export function securityHeaders(
  { style }: {
    /** The exact text of the style sheet. */
    readonly style: string;
  },
): Readonly<Record<string, string>> {
  const hash = createHash("sha256").update(style).digest("base64");
  return {
    "content-security-policy": [
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "img-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
