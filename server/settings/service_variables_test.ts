import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type IgnoredVariable, withoutServices } from "./service_variables.ts";

Deno.test("withoutServices() ignores the port of a service, and nothing else", () => {
  const variables: Readonly<Record<string, string>> = {
    SEALPOST_PORT: "tcp://10.0.0.7:1256",
    SEALPOST_PORT_FILE: "tcp://port.info",
    SEALPOST_HOST: "::1",
  };
  const ignored: IgnoredVariable[] = [];
  const env = withoutServices((name) => variables[name], (one) => ignored.push(one));
  strictEqual(env("SEALPOST_PORT"), undefined);
  strictEqual(env("SEALPOST_PORT_FILE"), "tcp://port.info");
  strictEqual(env("SEALPOST_HOST"), "::1");
  strictEqual(env("SEALPOST_DATA"), undefined);
  deepStrictEqual(ignored, [{ variable: "SEALPOST_PORT", value: "tcp://10.0.0.7:1256" }]);
  for (const port of ["1256", "0", "", "tcp", "http://host"]) {
    strictEqual(withoutServices(() => port, () => {})("SEALPOST_PORT"), port);
  }
});
