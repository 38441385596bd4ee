import { createHash } from "node:crypto";

/**
 * The headers of every answer. Pages may use the one style sheet that stands in them, pictures from
 * here, and nothing else: no script, no frame, no form, nothing from anywhere.
 */
export function securityHeaders(
  { style }: {
    /** The text of the style sheet, to the letter. */
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
