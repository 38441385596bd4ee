import { type Address, formatAddress } from "../../shared/text/address.ts";
import type { Clock } from "../../shared/clock.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import {
  clientFolders,
  type IdentityPlaces,
  identityPlaces,
  isSameServer,
  usualPlaces,
} from "./client_folders.ts";
import type { IdentitySettings } from "../settings/commands.ts";

/** A server's old and new address, and the folders to update. */
export interface IdentityMove extends Pick<IdentityPlaces, "folders" | "planned" | "userFolder"> {
  readonly from: Address;
  readonly to: Address;
  readonly clock: Clock;
}

export interface IdentityOptions {
  /**
   * Moves what is stored for a server from one address to another; returns the client's name.
   * Throws a `ClientError` when there is nothing to move, or something would be replaced.
   */
  readonly move: (move: IdentityMove) => Promise<string>;
  /** The server that a folder's `transfer.info` names. */
  readonly plannedServer: (folder: string) => Promise<Address | undefined>;
}

/** The command `identity`: `move OLD NEW` records that a server has another address. */
export async function runIdentity(
  { from, to, dir, json, quiet }: IdentitySettings,
  { io, home, stdout, screen }: CommandContext,
  { move, plannedServer }: IdentityOptions,
): Promise<ExitCode> {
  const folders = await clientFolders(dir, usualPlaces(home, io.env));
  const { clock } = io;
  const name = await move({ from, to, clock, ...identityPlaces(folders, plannedServer) });
  const [old, now] = [from, to].map(formatAddress);
  if (json) stdout.write(`${JSON.stringify({ status: "moved", name, from: old, to: now })}\n`);
  else if (!quiet) {
    stdout.write(`${quoted(name)} is known to ${now} from now on, and not to ${old}\n`);
  }
  const named = await plannedServer(folders.folder);
  if (named !== undefined && isSameServer(named, from)) {
    screen.line(`transfer.info still names ${old}; write ${now} into its first line`);
  }
  return EXIT.sent;
}
