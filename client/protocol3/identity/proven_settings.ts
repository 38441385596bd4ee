import {
  isRevisionName,
  type RevisionChoice,
  type RevisionName,
  ValueError,
} from "../../../shared/settings/kind.ts";
import type { Address } from "../../../shared/text/address.ts";
import { quoted, quotedPath } from "../../../shared/text/quoted.ts";
import { decodeText, lines, TextFileError } from "../../../shared/text/text.ts";
import { ClientError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { aliasesOf, readSmallFile, serverFolder, SERVERS } from "../../identity/client_folders.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { NO_QUIRKS, type Quirks, SEND } from "../../settings/send_settings.ts";

/** The settings that a server has taken a file with. */
export interface ProvenSettings {
  readonly revision: RevisionName;
  readonly quirks: Quirks;
  /** Bytes of content in a packet; undefined for the default. */
  readonly packetSize: number | undefined;
  /** Milliseconds between two packets. */
  readonly packetDelay: number;
}

/** Settings of which the user may have given some. */
export interface GivenSettings {
  readonly revision: RevisionChoice | undefined;
  readonly quirks: Quirks | undefined;
  readonly packetSize: number | undefined;
  readonly packetDelay: number | undefined;
}

/** The settings for a session. */
export interface CompleteSettings extends Omit<ProvenSettings, "revision"> {
  readonly revision: RevisionChoice;
  /** Whether packet size or delay is given. */
  readonly isPaceGiven: boolean;
  /** With `auto`: the revision to try first. */
  readonly provenRevision: RevisionName | undefined;
}

/**
 * Completes what the user has given by what is proven. If another revision is given, the server is
 * another program now, and nothing is proven of it.
 */
export function completed(
  given: GivenSettings,
  recorded: ProvenSettings | undefined,
): CompleteSettings {
  const { revision } = given;
  const proven = revision === undefined || revision === recorded?.revision ? recorded : undefined;
  return {
    revision: revision ?? "auto",
    provenRevision: proven?.revision,
    isPaceGiven: given.packetSize !== undefined || given.packetDelay !== undefined,
    quirks: given.quirks ?? proven?.quirks ?? NO_QUIRKS,
    packetSize: given.packetSize ?? proven?.packetSize,
    packetDelay: given.packetDelay ?? proven?.packetDelay ?? 0,
  };
}

/** The file in a server's folder: a flag and its value in each line. */
const FILE = "proven.info";

const { revision: REVISION, packetSize: SIZE, packetDelay: DELAY, quirks: COMPAT } =
  SEND["How to send"];

/**
 * The settings that are recorded for a server in a client's folder; undefined if there are none.
 * A record that cannot be used is ignored, with a line to `tell`.
 */
export async function readProven(
  folder: string,
  server: Address,
  { tell }: { readonly tell?: ((line: string) => void) | undefined } = {},
): Promise<ProvenSettings | undefined> {
  for (const own of await foldersOf(folder, server)) {
    const path = inFolder(own, FILE);
    try {
      const bytes = await readSmallFile(path);
      if (bytes !== undefined) return parsed(decodeText(bytes));
    } catch (error) {
      const isFault = error instanceof TextFileError || error instanceof ValueError ||
        error instanceof ClientError;
      if (!isFault) throw error;
      tell?.(
        `${quotedPath(path)} cannot be used (${error.message}); going on without what worked at ` +
          "this server before",
      );
      return undefined;
    }
  }
  return undefined;
}

/**
 * Records settings for a server, unless they are on record. Throws a `ClientError` when they cannot
 * be written.
 */
export async function writeProven(
  folder: string,
  { server, clock, ...settings }: ProvenSettings & WriteOptions & { readonly server: Address },
): Promise<void> {
  const content = formatted(settings);
  const recorded = await readProven(folder, server);
  if (recorded !== undefined && formatted(recorded) === content) return;
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(inFolder(folder, SERVERS));
  const own = await serverFolder(folder, server);
  await makePrivateFolder(own);
  await replaceFile(inFolder(own, FILE), content, { clock });
}

/**
 * Removes what is recorded for a server, and its folder if that is empty then. Throws a
 * `ClientError` when that fails.
 */
export async function removeProven(folder: string, server: Address): Promise<void> {
  for (const own of await foldersOf(folder, server)) {
    const path = inFolder(own, FILE);
    try {
      await Deno.remove(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const { cannotWrite } = await import("../../identity/replace_file.ts");
      throw cannotWrite(path, error);
    }
    // Only an empty folder is removed.
    await Deno.remove(own).catch(() => {});
  }
}

/** The possible folders of a server: under each of its addresses. */
async function foldersOf(folder: string, server: Address): Promise<readonly string[]> {
  return await Promise.all(aliasesOf(server).map((alias) => serverFolder(folder, alias)));
}

function formatted({ revision, quirks, packetSize, packetDelay }: ProvenSettings): string {
  const all = [
    [REVISION.flag, revision],
    ...quirks.size > 0 ? [[COMPAT.flag, COMPAT.kind.format(quirks)]] : [],
    // Not the form for people, which is rounded.
    ...packetSize === undefined ? [] : [[SIZE.flag, `${packetSize}`]],
    ...packetDelay === 0 ? [] : [[DELAY.flag, DELAY.kind.format(packetDelay)]],
  ];
  return all.map((words) => `${words.join(" ")}\n`).join("");
}

/** Throws a `ValueError`. */
function parsed(text: string): ProvenSettings {
  const values = new Map<string, string>();
  for (const line of lines(text)) {
    const [, flag = "", value = ""] = /^(--[a-z-]+) (.*)$/.exec(line) ?? [];
    if (![REVISION, COMPAT, SIZE, DELAY].some((known) => known.flag === flag)) {
      throw new ValueError(`it has the line ${quoted(line)}`);
    }
    values.set(flag, value);
  }
  const revision = values.get(REVISION.flag) ?? "";
  if (!isRevisionName(revision)) throw new ValueError("it has no revision");
  const [compat, size, delay] = [COMPAT, SIZE, DELAY].map(({ flag }) => values.get(flag));
  return {
    revision,
    quirks: compat === undefined ? NO_QUIRKS : COMPAT.kind.read(compat),
    packetSize: size === undefined ? undefined : SIZE.kind.read(size),
    packetDelay: delay === undefined ? 0 : DELAY.kind.read(delay),
  };
}
