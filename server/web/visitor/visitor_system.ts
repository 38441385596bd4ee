import type { HeaderOf } from "../downloads/preconditions.ts";
import type { OfferedFile } from "../downloads/release_folder.ts";
import type { Target } from "../../../shared/release/targets.ts";

/** The machine of a visitor, as far as the browser tells. */
export interface VisitorSystem {
  /** Undefined if there is no client for it, or it is unknown. */
  readonly os: Target["os"] | undefined;
  /** Undefined if the browser does not tell. */
  readonly arch: Target["arch"] | undefined;
  /** Whether it is a phone or a tablet, which cannot run a client. */
  readonly isPhone: boolean;
}

/** The client hints to request: those that name the system, which few browsers send unasked. */
export const ACCEPT_CH = "Sec-CH-UA-Platform, Sec-CH-UA-Arch, Sec-CH-UA-Bitness";

const PLATFORMS: Readonly<Record<string, Target["os"]>> = {
  "windows": "windows",
  "macos": "darwin",
  "linux": "linux",
};

/** The most common processor of each system. */
const USUAL: Readonly<Record<Target["os"], Target["arch"]>> = {
  linux: "x86_64",
  windows: "x86_64",
  // Every Mac since 2020; browsers on them still call themselves "Intel".
  darwin: "aarch64",
};

const PHONE = /Android|iPhone|iPad|iPod/;

/** Recognises the system by client hints if the browser sends them, and else by `User-Agent`. */
export function visitorSystem(header: HeaderOf): VisitorSystem {
  const agent = header("user-agent") ?? "";
  const platform = unquoted(header("sec-ch-ua-platform"));
  const os = platform === undefined ? osOf(agent) : PLATFORMS[platform];
  return {
    os,
    arch: os === undefined ? undefined : hintedArch(header) ?? archOf(agent, os),
    isPhone: os === undefined && (PHONE.test(agent) || header("sec-ch-ua-mobile") === "?1"),
  };
}

/**
 * Returns the file to offer first to a system, if there is one: for its processor or, if unknown,
 * the usual one; preferably one that needs no unpacking.
 */
export function matchingFile(
  files: readonly OfferedFile[],
  { os, arch }: Pick<VisitorSystem, "os" | "arch">,
): OfferedFile | undefined {
  if (os === undefined) return undefined;
  const wanted = arch ?? USUAL[os];
  return files.find(({ target }) => target.os === os && target.arch === wanted);
}

function osOf(agent: string): Target["os"] | undefined {
  // Phones and tablets also name the system that theirs is derived from.
  if (PHONE.test(agent) || /CrOS/.test(agent)) return undefined;
  if (/Windows NT/.test(agent)) return "windows";
  if (/Macintosh|Darwin/.test(agent)) return "darwin";
  return /Linux|linux-gnu/.test(agent) ? "linux" : undefined;
}

function archOf(agent: string, os: Target["os"]): Target["arch"] | undefined {
  if (/aarch64|arm64/i.test(agent)) return "aarch64";
  if (os === "darwin") return undefined;
  return /x86_64|Win64|WOW64|x64|amd64/i.test(agent) ? "x86_64" : undefined;
}

function hintedArch(header: HeaderOf): Target["arch"] | undefined {
  const arch = unquoted(header("sec-ch-ua-arch"));
  if (unquoted(header("sec-ch-ua-bitness")) === "32") return undefined;
  return arch === "arm" ? "aarch64" : arch === "x86" ? "x86_64" : undefined;
}

function unquoted(text: string | undefined): string | undefined {
  const value = text?.trim().replace(/^"(.*)"$/, "$1").toLowerCase();
  return value === "" ? undefined : value;
}
