import { strictEqual } from "node:assert/strict";
import { userFolder } from "./client_folders.ts";

type Row = readonly [
  os: typeof Deno.build.os,
  variables: Readonly<Record<string, string>>,
  folder: string | undefined,
];

/** Variables of each system, and the resulting folder. */
const FOLDERS: readonly Row[] = [
  ["linux", { HOME: "/home/bo" }, "/home/bo/.config/sealpost"],
  ["linux", { HOME: "/home/bo", XDG_CONFIG_HOME: "/x" }, "/x/sealpost"],
  ["linux", { HOME: "/home/bo", XDG_CONFIG_HOME: "relative" }, "/home/bo/.config/sealpost"],
  ["linux", { HOME: "/home/bo", XDG_CONFIG_HOME: "" }, "/home/bo/.config/sealpost"],
  ["linux", { HOME: "relative" }, undefined],
  ["linux", {}, undefined],
  ["darwin", { HOME: "/Users/bo" }, "/Users/bo/Library/Application Support/sealpost"],
  ["darwin", { HOME: "/Users/bo", XDG_CONFIG_HOME: "/x" }, "/x/sealpost"],
  [
    "windows",
    { APPDATA: "C:\\Users\\bo\\AppData\\Roaming" },
    "C:\\Users\\bo\\AppData\\Roaming\\sealpost",
  ],
  ["windows", { USERPROFILE: "C:\\Users\\bo" }, "C:\\Users\\bo\\AppData\\Roaming\\sealpost"],
  ["windows", { APPDATA: "\\\\server\\share\\bo", HOME: "/h" }, "\\\\server\\share\\bo\\sealpost"],
  ["windows", { HOME: "/home/bo" }, undefined],
];

for (const [os, variables, folder] of FOLDERS) {
  Deno.test(`userFolder() is ${folder} on ${os} with ${JSON.stringify(variables)}`, () => {
    strictEqual(userFolder({ env: (name) => variables[name], os }), folder);
  });
}
