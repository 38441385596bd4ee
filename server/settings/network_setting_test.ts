import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { inNetworks, network } from "./network_setting.ts";

Deno.test("network reads addresses and networks of both families, and refuses all others", () => {
  deepStrictEqual(network.read("10.1.0.0/16"), { address: "10.1.0.0", bits: 16 });
  deepStrictEqual(network.read("192.0.2.1"), { address: "192.0.2.1", bits: 32 });
  deepStrictEqual(network.read("fd00::/8"), { address: "fd00::", bits: 8 });
  deepStrictEqual(network.read("::1"), { address: "::1", bits: 128 });
  for (
    const text of ["", "10.0.0.0/33", "::/129", "10.0.0/8", "host", "10.0.0.0/", "/8", "::1/x"]
  ) {
    throws(() => network.read(text), /Expected an IP address or a network/, text);
  }
  strictEqual(network.format(network.read("::1")), "::1/128");
});

Deno.test("inNetworks() says which addresses are in a network", () => {
  const isIn = inNetworks(["10.0.0.0/8", "192.0.2.1", "fd00::/8"].map(network.read));
  for (const address of ["10.0.0.1", "10.255.255.255", "192.0.2.1", "fd12::1"]) {
    strictEqual(isIn(address), true, address);
  }
  for (const address of ["11.0.0.1", "192.0.2.2", "fe80::1", "::1", "", "host"]) {
    strictEqual(isIn(address), false, address);
  }
  strictEqual(inNetworks([])("10.0.0.1"), false);
  strictEqual(inNetworks([network.read("0.0.0.0/0")])("10.0.0.1"), true);
});
