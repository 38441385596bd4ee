import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { writeTarGz } from "../package/archive/tar_gz.ts";
import { ReleaseError } from "../release_error.ts";
import { fetchPackage } from "./fetch_package.ts";

/** What a registry says of the digest of its one package. */
type Dist = (tarball: Uint8Array) => { readonly integrity?: string; readonly shasum?: string };

const RIGHT: Dist = (tarball) => ({
  integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
});

/** A registry on loopback with version 1.2.3 of `@some/system`, for another machine than this. */
async function registry(
  dist: Dist,
): Promise<AsyncDisposable & { readonly url: string; readonly asked: string[] }> {
  const about = { name: "@some/system", version: "1.2.3", os: ["aix"], cpu: ["s390x"] };
  const tarball = await packed(about);
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname, origin } = new URL(request.url);
    asked.push(decodeURIComponent(pathname));
    if (pathname.endsWith(".tgz")) return new Response(tarball);
    const version = { ...about, dist: { ...dist(tarball), tarball: `${origin}/mirrored/one.tgz` } };
    return decodeURIComponent(pathname) === "/mirror/@some/system"
      ? Response.json({
        name: about.name,
        "dist-tags": { latest: "1.2.3" },
        versions: { "1.2.3": version },
      })
      : new Response("nothing here", { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mirror/`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function packed(about: object): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const files = { "package/package.json": JSON.stringify(about), "package/deno": "#!/bin/sh\n" };
  const entries = Object.entries(files).map(([name, text]) => (
    { name, executable: name.endsWith("deno"), content: { text } }
  ));
  const [bytes] = await Promise.all([
    new Response(readable).bytes(),
    writeTarGz(entries, writable),
  ]);
  return bytes;
}

async function fetched(
  dist: Dist,
  { version = "1.2.3", digest }: { readonly version?: string; readonly digest?: string } = {},
) {
  await using cache = await temporaryFolder();
  await using folder = await temporaryFolder();
  await using mirror = await registry(dist);
  const { folder: unpacked, integrity } = await fetchPackage(`@some/system@${version}`, {
    parent: folder.path,
    ...digest !== undefined && { digest },
    env: { NPM_CONFIG_REGISTRY: mirror.url, DENO_DIR: cache.path, HOME: cache.path },
  });
  const deno = await Deno.readTextFile(join(unpacked, "deno"));
  return { integrity, deno, asked: mirror.asked };
}

Deno.test("fetchPackage() fetches packages of other systems from the registry", async () => {
  const { integrity, deno, asked } = await fetched(RIGHT);
  assert.match(integrity, /^sha512-[\w+/]{86}==$/);
  assert.equal(deno, "#!/bin/sh\n");
  assert.deepEqual(asked, ["/mirror/@some/system", "/mirrored/one.tgz"]);
});

for (
  const [what, dist, message] of [
    [
      "another digest",
      () => RIGHT(new Uint8Array(1)),
      /checksum did not match what was provided by npm registry/,
    ],
    ["no digest", () => ({}), /@some\/system/],
    [
      "only an old kind of digest",
      (tarball) => ({ shasum: createHash("sha1").update(tarball).digest("hex") }),
      /no SHA-512 digest for @some\/system@1\.2\.3/,
    ],
  ] satisfies [string, Dist, RegExp][]
) {
  Deno.test(`fetchPackage() refuses a package with ${what}`, async () => {
    await assert.rejects(fetched(dist), (error) => {
      assert(error instanceof ReleaseError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

Deno.test("fetchPackage() says which version the registry does not have", async () => {
  await assert.rejects(fetched(RIGHT, { version: "9.9.9" }), {
    name: "ReleaseError",
    message: /^@some\/system@9\.9\.9 could not be fetched from npm: .*9\.9\.9/,
  });
});

Deno.test("fetchPackage() refuses a package that the registry has exchanged", async () => {
  const { integrity } = await fetched(RIGHT);
  assert.equal((await fetched(RIGHT, { digest: integrity })).integrity, integrity);
  const digest = integrity.replace(
    /^sha512-./,
    (begin) => begin.endsWith("A") ? "sha512-B" : "sha512-A",
  );
  await assert.rejects(fetched(RIGHT, { digest }), {
    name: "ReleaseError",
    message: /^@some\/system@1\.2\.3 from the registry is not what was released: its digest is/,
  });
});
