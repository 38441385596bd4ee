import fc from "fast-check";
import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { recordedLog } from "../../../tests/peers/test_services.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import {
  addressesToListenOn,
  DEFAULT_PORT,
  formatPortInfo,
  openListeners,
  parsePortInfo,
} from "./addresses.ts";
import { TextFileError } from "../../../shared/text/text.ts";

const LOCAL = { host: "127.0.0.1", port: 0 };

/** Returns the port of a port file with this content, and the warnings about it. */
async function portFrom(content: string | Uint8Array | undefined) {
  await using folder = await temporaryFolder();
  const portFile = join(folder.path, "port.info");
  if (typeof content === "string") await Deno.writeTextFile(portFile, content);
  else if (content !== undefined) await Deno.writeFile(portFile, content);
  const { log, lines } = await recordedLog();
  const settings = { host: "*", port: undefined, portFile, listen: [] };
  const addresses = await addressesToListenOn(settings, log);
  deepStrictEqual(addresses, [{ host: "*", port: addresses[0]?.port }]);
  return { port: addresses[0]?.port, lines };
}

Deno.test("listeners come from --port, then --listen, then the port file", async () => {
  const { log, lines } = await recordedLog();
  const host = "127.0.0.1";
  const portFile = "/nowhere/port.info";
  const listen = [{ host: "::1", port: 1357, revision: "2023c" }] as const;
  const cases = [
    [{ host, port: 0, portFile, listen: [] }, [{ host, port: 0 }]],
    [{ host, port: 5, portFile, listen }, [{ host, port: 5 }, ...listen]],
    [{ host, port: undefined, portFile, listen }, listen],
  ] as const;
  for (const [settings, addresses] of cases) {
    deepStrictEqual(await addressesToListenOn(settings, log), addresses);
  }
  deepStrictEqual(lines, []);
});

Deno.test("a port file with a port is used without a word", async () => {
  for (const content of ["1357", "1357\n", " 1357 \r\n", "\uFEFF1357", "1357" + " ".repeat(4092)]) {
    deepStrictEqual(await portFrom(content), { port: 1357, lines: [] });
  }
});

Deno.test("a port file that is missing or wrong is warned of, and 1256 is used", async () => {
  const cases = [
    [undefined, /there is no such file/],
    ["", /not a number/],
    ["12560000", /out of range/],
    ["0", /out of range/],
    ["port", /not a number/],
    [new Uint8Array([0xff, 0x00, 0x31]), /./],
    ["9".repeat(1 << 20), /./],
  ] as const;
  for (const [content, why] of cases) {
    const { port, lines } = await portFrom(content);
    strictEqual(port, 1256);
    strictEqual(lines.length, 1);
    strictEqual(lines[0]?.level, "WARN");
    match(String(lines[0]["detail"]), why);
    match(lines[0].message, /port\.info.*using port 1256/);
  }
});

Deno.test("a folder or a device in place of the port file is warned of too", async () => {
  await using folder = await temporaryFolder();
  const { log, lines } = await recordedLog();
  // A device without end stands for a pipe, whose opening would wait for ever.
  const devices = Deno.build.os === "windows" ? [] : ["/dev/zero"];
  for (const portFile of [folder.path, ...devices]) {
    const settings = { host: "h", port: undefined, portFile, listen: [] };
    deepStrictEqual(await addressesToListenOn(settings, log), [{ host: "h", port: 1256 }]);
    strictEqual(lines.at(-1)?.["detail"], "it is not a regular file");
  }
});

Deno.test("openListeners() opens all addresses with revision and actual port", () => {
  const addresses = [LOCAL, { ...LOCAL, revision: "2023c" }, {
    ...LOCAL,
    revision: "auto",
  }] as const;
  const open = openListeners(addresses, "2024c");
  for (const { listener } of open) listener.close();
  deepStrictEqual(open.map(({ revision }) => revision), ["2024c", "2023c", "auto"]);
  for (const { listener, addresses } of open) {
    ok(listener.addr.port > 0);
    deepStrictEqual(addresses, [`127.0.0.1:${listener.addr.port}`]);
  }
  strictEqual(new Set(open.map(({ listener }) => listener.addr.port)).size, 3);
});

Deno.test("openListeners() opens all or none, and says which port is in use and what to do", () => {
  const [taken, ...none] = openListeners([LOCAL], "auto");
  deepStrictEqual(none, []);
  ok(taken);
  const { port } = taken.listener.addr;
  // A listener that stayed open would be a leak of this test.
  throws(
    () => openListeners([LOCAL, { host: "127.0.0.1", port }, LOCAL], "auto"),
    (error) => {
      ok(error instanceof StartupError);
      match(
        error.message,
        new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use`),
      );
      match(error.message, /--port/);
      return true;
    },
  );
  taken.listener.close();
});

Deno.test("openListeners() says what to do about a port or an address that it cannot have", () => {
  const { PermissionDenied, AddrNotAvailable } = Deno.errors;
  for (
    const [error, advice] of [
      [new PermissionDenied("EACCES"), /not permitted; .* above 1023 with --port$/],
      [new AddrNotAvailable("EADDRNOTAVAIL"), /no such address; .* with --host$/],
      [new Error("Odd"), /Odd; .* --host and --port$/],
    ] as const
  ) {
    const listen = () => {
      throw error;
    };
    throws(() => openListeners([LOCAL], "auto", { listen }), advice);
  }
});

Deno.test("openListeners() puts an IPv6 address in brackets", () => {
  let listeners: ReturnType<typeof openListeners>;
  try {
    listeners = openListeners([{ host: "::1", port: 0 }], "auto");
  } catch (error) {
    // A machine without IPv6 has nothing to show here but the message.
    match(String(error), /Cannot listen on \[::1\]:0/);
    return;
  }
  for (const { listener, addresses } of listeners) {
    listener.close();
    deepStrictEqual(addresses, [`[::1]:${listener.addr.port}`]);
  }
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("parsePortInfo() reads what formatPortInfo() writes", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 65535 }), (port) => {
    strictEqual(parsePortInfo(bytes(formatPortInfo(port))), port);
  }));
});

Deno.test("formatPortInfo() writes the default port as one line", () => {
  strictEqual(formatPortInfo(DEFAULT_PORT), "1256\n");
});

Deno.test("formatPortInfo() refuses numbers that are no ports", () => {
  throws(() => formatPortInfo(0), { reason: "port-out-of-range" });
  throws(() => formatPortInfo(65536), { reason: "port-out-of-range" });
  for (const port of [1256.5, NaN, Infinity]) {
    throws(() => formatPortInfo(port), { reason: "bad-port" });
  }
});

Deno.test("parsePortInfo() finds the port among blanks and empty lines, not in text", () => {
  strictEqual(parsePortInfo(bytes("\r\n\t1357 \r\n\r\n")), 1357);
  throws(() => parsePortInfo(bytes("1256\n1357\n")), { reason: "bad-port" });
  throws(() => parsePortInfo(bytes("1256 # default\n")), { reason: "bad-port" });
});

Deno.test("parsePortInfo() throws nothing but TextFileError on arbitrary bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 16 }), (content) => {
    try {
      const port = parsePortInfo(content);
      return Number.isInteger(port) && port >= 1 && port <= 65535;
    } catch (error) {
      return error instanceof TextFileError;
    }
  }));
});
