/**
 * The archive format of a target's packages: one that its system unpacks without other software.
 */
export type ArchiveKind = "tar.gz" | "zip";

/** A kind of machine that releases are made for. */
export interface Target {
  /** Its name, as `deno compile --target` and `Deno.build.target` have it. */
  readonly triple: string;
  /** As `Deno.build.os` has it. */
  readonly os: "linux" | "darwin" | "windows";
  /** As `Deno.build.arch` has it. */
  readonly arch: "x86_64" | "aarch64";
  /** Its name for users. */
  readonly title: string;
  /** The npm package that holds Deno's official runtime for it. */
  readonly npmPackage: string;
  /** The archive format of its packages. */
  readonly archive: ArchiveKind;
  /** The suffix of its executables. */
  readonly executableSuffix: "" | ".exe";
}

/**
 * All targets, the most common first. The triples are those of `deno compile --target` of Deno 2.9
 * (older ones lack Windows on ARM), the npm packages those that the package `deno` depends on.
 */
export const TARGETS: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    os: "linux",
    arch: "x86_64",
    title: "Linux, x86-64",
    npmPackage: "@deno/linux-x64-glibc",
    archive: "tar.gz",
    executableSuffix: "",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    os: "linux",
    arch: "aarch64",
    title: "Linux, ARM64",
    npmPackage: "@deno/linux-arm64-glibc",
    archive: "tar.gz",
    executableSuffix: "",
  },
  {
    triple: "x86_64-pc-windows-msvc",
    os: "windows",
    arch: "x86_64",
    title: "Windows, x86-64",
    npmPackage: "@deno/win32-x64",
    archive: "zip",
    executableSuffix: ".exe",
  },
  {
    triple: "aarch64-pc-windows-msvc",
    os: "windows",
    arch: "aarch64",
    title: "Windows, ARM64",
    npmPackage: "@deno/win32-arm64",
    archive: "zip",
    executableSuffix: ".exe",
  },
  {
    triple: "aarch64-apple-darwin",
    os: "darwin",
    arch: "aarch64",
    title: "macOS, Apple silicon",
    npmPackage: "@deno/darwin-arm64",
    archive: "tar.gz",
    executableSuffix: "",
  },
  {
    triple: "x86_64-apple-darwin",
    os: "darwin",
    arch: "x86_64",
    title: "macOS, Intel",
    npmPackage: "@deno/darwin-x64",
    archive: "tar.gz",
    executableSuffix: "",
  },
];

/** The target of that triple, if there is one. */
export function findTarget(triple: string): Target | undefined {
  return TARGETS.find((target) => target.triple === triple);
}
