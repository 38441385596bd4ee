import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { atHome, StandingError, standWhereTheUserDoes } from "./standing.ts";

/** Folders of a system on which `/gone` was removed, and `/link` points to `/home`. */
function folders() {
  let current = "/home";
  return {
    cwd: () => current,
    chdir(folder: string) {
      if (folder === "/gone") throw new Deno.errors.NotFound("No such file or directory");
      if (folder === "/dev/shm") {
        const text = 'Requires all access to "/dev/shm", run again with the --allow-all flag';
        throw new Deno.errors.NotCapable(text);
      }
      current = folder === "/link" ? "/home" : folder;
    },
  };
}

Deno.test("standWhereTheUserDoes() enters the folder after --from and returns the old", () => {
  const system = folders();
  const standing = standWhereTheUserDoes(["--from", "/user", "send", "a.txt"], system);
  deepStrictEqual(standing, { args: ["send", "a.txt"], home: "/home" });
  strictEqual(system.cwd(), "/user");
});

Deno.test("standWhereTheUserDoes() stays where nothing else is asked for", () => {
  for (const from of ["/home", "/link", ""]) {
    deepStrictEqual(standWhereTheUserDoes(["--from", from, "a"], folders()), {
      args: ["a"],
      home: ".",
    });
  }
  for (const args of [[], ["a.txt"], ["--from"], ["a.txt", "--from", "/user"]]) {
    const system = folders();
    deepStrictEqual(standWhereTheUserDoes(args, system), { args, home: "." });
    strictEqual(system.cwd(), "/home");
  }
});

Deno.test("standWhereTheUserDoes() says that a folder is gone", () => {
  throws(
    () => standWhereTheUserDoes(["--from", "/gone"], folders()),
    new StandingError(
      "The folder that you are in cannot be entered (--from): No such file or directory; " +
        "go to another one",
    ),
  );
});

Deno.test("standWhereTheUserDoes() does not advise to run a program with all permissions", () => {
  throws(
    () => standWhereTheUserDoes(["--from", "/dev/shm"], folders()),
    new StandingError(
      "The folder that you are in cannot be entered (--from): the runtime lets no program use " +
        "devices, files of the kernel, or network paths; go to another one",
    ),
  );
});

Deno.test("atHome() shows a usual place as short as it can be", () => {
  strictEqual(atHome(".", "data"), "./data");
  strictEqual(atHome("/opt/sealpost", "data"), "/opt/sealpost/data");
  strictEqual(atHome("/", "data"), "/data");
});
