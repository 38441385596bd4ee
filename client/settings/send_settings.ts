import type { RevisionChoice } from "../../shared/settings/revision_setting.ts";
import type { Address } from "../../shared/text/address.ts";
import type { Shown } from "./common_settings.ts";
import { NO_QUIRKS, type Quirks } from "../protocol3/connection/quirks.ts";

/** What can be done about several files of one command that would be one file on the server. */
export const CONFLICT_CHOICES = ["refuse", "rename"] as const;
/** One of `CONFLICT_CHOICES`. */
export type OnConflict = typeof CONFLICT_CHOICES[number];

/** Everything that can be set for `send`. */
export interface ClientSettings extends Shown {
  readonly command: "send";
  /** The files to send; none for the one that `transfer.info` names. */
  readonly files: readonly string[];
  /** Where `transfer.info`, `me.info` and `priv.key` are; undefined for the usual places. */
  readonly dir: string | undefined;
  readonly server: Address | undefined;
  readonly name: string | undefined;
  readonly revision: RevisionChoice;
  readonly retries: number;
  /** Milliseconds for which lost connections are made again. */
  readonly retryTime: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of content in a packet; undefined for what suits the file. */
  readonly packetSize: number | undefined;
  /** Milliseconds to wait between two packets. */
  readonly packetDelay: number;
  /** Connections to use side by side at the most; undefined for what suits this machine. */
  readonly parallel: number | undefined;
  readonly onConflict: OnConflict;
  /** Sends of a file that grows what it had at the start. */
  readonly allowGrowing: boolean;
  /** Habits that the server counts on. */
  readonly quirks: Quirks;
}

/** What holds where neither a flag nor a variable says anything else. */
export const USUAL = {
  dir: undefined,
  server: undefined,
  name: undefined,
  revision: "auto",
  retries: 3,
  retryTime: 90_000,
  timeout: 30_000,
  packetSize: undefined,
  packetDelay: 0,
  parallel: undefined,
  onConflict: "refuse",
  quirks: NO_QUIRKS,
} as const satisfies Partial<ClientSettings>;

/** The numbers that may be set, both ends included. */
export const RANGES = {
  retries: { min: 0, max: 1000 },
  /** Milliseconds. */
  retryTime: { least: 0 },
  /** Milliseconds; a day at the most, as of all times. */
  timeout: { least: 1 },
  /** Bytes; the most is more than any payload can hold. */
  packetSize: { least: 1, most: 0xffff_ffff - 1024 },
  /** Milliseconds. */
  packetDelay: { least: 0 },
  parallel: { min: 1, max: 64 },
} as const;
