import { ReleaseError } from "../release_error.ts";

/** The npm package whose licence is that of the packages with Deno for each system. */
export const DENO = "deno";

/**
 * The digests of the packages that go into archives, by `name@version`, as npm writes them: base64
 * of the SHA-512 of the package's file. Read from the registry, and computed from the files; what
 * else vouches for them is in `docs/releasing.md`.
 */
export const RUNTIME_DIGESTS: Readonly<Record<string, string>> = bySha512({
  "@deno/darwin-arm64@2.9.6":
    "V8uO1Aolrl/yvdMb5lOtgtigs8YuZBjrOrgviVMiYkQ0swymFfzkae1wZak4Xi24t7vf7d/eiMb/7ryjjVm+tg==",
  "@deno/darwin-x64@2.9.6":
    "tPi3CWPRdjW1MaWlvWjORE7Ass5SADdWdj1BF1Q1PEdzi+5u/mC5YhmZzniMiPr81PpaFeqjXaLAsfb8lFsZ0Q==",
  "@deno/linux-arm64-glibc@2.9.6":
    "poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
  "@deno/linux-x64-glibc@2.9.6":
    "3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
  "@deno/win32-arm64@2.9.6":
    "iHSHs89g2Uy6k0bGHmXkgzTIW8WXImYPpvqRRO/zNsK1/N79PcjvAth1TuQatuIALcLdocstPs/PAYtndbfr0A==",
  "@deno/win32-x64@2.9.6":
    "qRGnmVz/Ea6UWPht/S3xFRK17UZ/ls38DSVfgGB17fpASLxPkksqzWUI/BzL9YYoOknYzfc94mySGyInZu/JXw==",
  [`${DENO}@2.9.6`]:
    "cr16GxYiUeH1juNvFTMOxt99V5QRVmANfy5UsZvE5hjC6P/o4Op/MBbRhLeBOL8WJpV6tr9hb+Kjb1MW0nEoVg==",
});

/** The digest of a package, given as `name@version`. Throws a `ReleaseError` if it is not here. */
export function runtimeDigest(specifier: string): string {
  const digest = RUNTIME_DIGESTS[specifier];
  if (digest !== undefined) return digest;
  throw new ReleaseError(
    `release/package/runtime_digests.ts has no digest of ${specifier}; run this with a Deno ` +
      "whose packages are listed there, or add those of this one",
  );
}

/** Digests in base64 that are said to be of SHA-512, in the form of `integrity`. */
function bySha512(digests: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(digests).map(([name, digest]) => [name, `sha512-${digest}`]),
  );
}
