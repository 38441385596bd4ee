import { decodeUtf8 } from "../../../shared/text/utf8.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { readSmallFile } from "../../files/small_file.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { type DeviceKey, loadDeviceKey } from "./device_key.ts";

/** Who a client is on a server. */
export interface Identity {
  readonly key: DeviceKey;
  /** The user's name; empty until a server has told it to another computer. */
  readonly name: string;
  /** The client's id, 32 hexadecimal digits; undefined until the server has registered it. */
  readonly id: string | undefined;
  /** The id of this device, undefined likewise. */
  readonly device: string | undefined;
}

/** The name of the file, in the folder of the server's key. */
const FILE = "identity.json";

/**
 * The identity in a folder; undefined if there is none. Throws a `ClientError`
 * (`bad-configuration`) when it cannot be read, or is damaged; no message has a part of a key.
 */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const path = inFolder(folder, FILE);
  const bytes = await readSmallFile(path);
  if (bytes === undefined) return undefined;
  const value = parsed(bytes);
  const { privateKey, publicKey, name, id, device } = value;
  const isKey = typeof privateKey === "string" && typeof publicKey === "string";
  const key = isKey ? await loadDeviceKey({ privateKey, publicKey }) : undefined;
  if (key === undefined || typeof name !== "string" || !isId(id) || !isId(device)) {
    throw localError(
      "bad-configuration",
      `${quotedPath(path)} is damaged; put a copy of it there, or remove it and log in again`,
    );
  }
  return { key, name, id, device };
}

/**
 * Keeps an identity, readable by its owner alone. Throws a `ClientError`
 * (`identity-not-writable`).
 */
export async function writeIdentity(
  folder: string,
  { identity: { key, name, id, device }, ...options }: WriteOptions & {
    readonly identity: Identity;
  },
): Promise<void> {
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(folder, { recursive: true });
  const text = JSON.stringify({ name, id, device, ...key.stored }, undefined, 2);
  await replaceFile(inFolder(folder, FILE), `${text}\n`, options);
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function isId(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}
