import assert from "node:assert/strict";

import {
  type Account,
  type Admitted,
  type DeviceId,
  deviceIdOf,
  MOST_DEVICES,
  MOST_TOKENS,
  tokenIdOf,
} from "../../../server/storage/trees/accounts.ts";
import type { TreeStorage } from "../../../server/storage/storage.ts";
import {
  bytes,
  failsWith,
  newDevice,
  newId,
  type OpenTrees,
  testsOf,
} from "../trees_under_test.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Registers the tests for every `Accounts`. */
export function accountsConformance(name: string, open: OpenTrees): void {
  const test = testsOf(name, open);

  test("registers an account with a device, and once", async (tested) => {
    const registration = { id: newId(), name: "Zoë", device: newDevice("laptop") };
    const first = admitted(await tested.storage.accounts.register(registration));
    assert.equal(first.repeated, false);
    assert.equal(first.account.name, "Zoë");
    for (const storageOf of [() => tested.storage, tested.restart]) {
      const { accounts } = await storageOf();
      const other = { ...registration.device, id: deviceIdOf(bytes(16)) };
      const again = admitted(
        await accounts.register({ ...registration, id: newId(), device: other }),
      );
      assert.deepEqual(again, { ...first, repeated: true });
      assert.deepEqual(await accounts.account(registration.id), first.account);
      assert.deepEqual(await accounts.accountNamed("Zoë"), first.account);
      assert.deepEqual(await accounts.devices(registration.id), [first.device]);
      const thief = { ...registration, id: newId(), device: newDevice() };
      assert.equal(await accounts.register(thief), "name-taken");
    }
  });

  test("shares names with clients of the catalog, and nothing else", async (tested) => {
    const { storage: { accounts, catalog }, clock, alice } = tested;
    const id = newId();
    await catalog.register({ id, name: "Carol", revision: "2024a" });
    const registration = { id: newId(), name: "Carol", device: newDevice() };
    assert.equal(await accounts.register(registration), "name-taken");
    const claim = { claimTime: HOUR };
    assert.equal(await accounts.register({ ...registration, ...claim }), "name-taken");
    assert.equal(await accounts.account(id), undefined);
    assert.equal(await accounts.accountNamed("Carol"), undefined);
    const taken = await catalog.register({ id: newId(), name: "Alice", revision: "2024a" });
    assert.equal(taken, "name-taken");
    clock.advance(DAY);
    // What an account does is no sign of another client.
    const [device] = await accounts.devices(alice.id);
    assert(device);
    await issue(tested, { deviceId: device.id });
    // An account has no key in the catalog, and is no claim for that.
    const claimed = { id: newId(), name: "Alice", revision: "2024a" };
    assert.equal(
      await catalog.register(claimed, { claimTime: 0, abandoned: alice.id }),
      "name-taken",
    );
    assert.deepEqual(await accounts.accountNamed("Alice"), alice);
    assert.equal(await catalog.client(alice.id), undefined);
    await failsWith(catalog.keepKeys({ id: alice.id, aesKey: bytes(16) }), "unknown-client");
    assert.equal(admitted(await accounts.register({ ...registration, ...claim })).repeated, false);
    assert.equal(await catalog.client(id), undefined);
  });

  test("uses an invitation up when it registers, and for one name", async (tested) => {
    const { storage: { accounts }, clock } = tested;
    const expires = new Date(clock.date().getTime() + HOUR);
    const [open, named, late] = [bytes(32), bytes(32), bytes(32)];
    await accounts.invite({ hash: open, expires, quota: 1_000 });
    await accounts.invite({ hash: open, expires, quota: 2_000 });
    await accounts.invite({ hash: named, expires, name: "Dave" });
    await accounts.invite({ hash: late, expires: clock.date() });
    const person = (of: string, invitation: Uint8Array) => {
      return { id: newId(), name: of, device: newDevice(), invitation };
    };
    assert.equal(await accounts.register(person("Eve", bytes(32))), "invitation-unknown");
    assert.equal(await accounts.register(person("Eve", late)), "invitation-expired");
    assert.equal(await accounts.register(person("Eve", named)), "invitation-for-another-name");
    assert.equal(await accounts.register(person("Alice", open)), "name-taken");
    const seen = await accounts.invitation(open, "Eve");
    assert(typeof seen === "object" && seen.usedBy === undefined && seen.quota === 1_000);
    const eve = person("Eve", open);
    const first = admitted(await accounts.register(eve));
    assert.equal(first.account.quota, 1_000);
    assert.equal((await accounts.account(eve.id))?.quota, 1_000);
    assert.deepEqual(await accounts.register(eve), { ...first, repeated: true });
    assert.equal(await accounts.register(person("Frank", open)), "invitation-used");
    assert.equal(await accounts.invitation(open, "Frank"), "invitation-used");
    assert.equal(admitted(await accounts.register(person("Dave", named))).account.name, "Dave");
    // What is used is not withdrawn, and what was withdrawn is not known.
    const withdrawn = bytes(32);
    await accounts.invite({ hash: withdrawn, expires });
    const outcomes = [];
    for (const hash of [open, withdrawn, withdrawn]) outcomes.push(await accounts.withdraw(hash));
    assert.deepEqual(outcomes, [false, true, false]);
    assert.equal(await accounts.register(person("Gus", withdrawn)), "invitation-unknown");
    clock.advance(HOUR);
    assert.deepEqual(await accounts.register(eve), { ...first, repeated: true });
  });

  test("adds devices by one-time addresses", async (tested) => {
    const { storage: { accounts }, alice, bob, clock } = tested;
    const expires = new Date(clock.date().getTime() + HOUR);
    const [hash, late, other] = [bytes(32), bytes(32), bytes(32)];
    await accounts.offerDevice({ hash, clientId: alice.id, expires });
    await accounts.offerDevice({ hash: late, clientId: alice.id, expires: clock.date() });
    await accounts.offerDevice({ hash: other, clientId: alice.id, expires });
    const [own] = await accounts.devices(alice.id);
    assert(own);
    assert.equal(await accounts.addDevice(bytes(32), newDevice()), "invitation-unknown");
    assert.equal(await accounts.addDevice(late, newDevice()), "invitation-expired");
    const known = { ...newDevice(), publicKey: own.publicKey };
    assert.equal(await accounts.addDevice(hash, known), "device-known");
    const device = newDevice("phone");
    const added = admitted(await accounts.addDevice(hash, device));
    assert.deepEqual(added.account, alice);
    assert.deepEqual(await accounts.addDevice(hash, { ...device, id: deviceIdOf(bytes(16)) }), {
      ...added,
      repeated: true,
    });
    assert.equal(await accounts.addDevice(hash, newDevice()), "invitation-used");
    // The other address is not used up, and two accounts may have one key.
    const [bobs] = await accounts.devices(bob.id);
    assert(bobs);
    const shared = admitted(
      await accounts.addDevice(other, { ...newDevice(), publicKey: bobs.publicKey }),
    );
    assert.equal(shared.repeated, false);
    assert.deepEqual(await accounts.devices(alice.id), [own, added.device, shared.device]);
    await failsWith(
      accounts.offerDevice({ hash: bytes(32), clientId: newId(), expires }),
      "unknown-client",
    );
  });

  test("has a limit of devices and of addresses for each account", async (tested) => {
    const { storage: { accounts }, alice, bob, clock } = tested;
    const expires = new Date(clock.date().getTime() + HOUR);
    const offer = async ({ id: clientId } = alice) => {
      const hash = bytes(32);
      await accounts.offerDevice({ hash, clientId, expires });
      return hash;
    };
    const bobs = await offer(bob);
    const first = await offer();
    for (let n = 1; n < MOST_DEVICES; n++) {
      admitted(await accounts.addDevice(await offer(), newDevice()));
    }
    assert.equal(await accounts.addDevice(await offer(), newDevice()), "too-many-devices");
    assert.equal(await accounts.addDevice(first, newDevice()), "invitation-unknown");
    assert.deepEqual(admitted(await accounts.addDevice(bobs, newDevice())).account, bob);
  });

  test("revokes the tokens and addresses of a device that is removed", async (tested) => {
    const { storage: { accounts }, alice, bob, clock } = tested;
    const expires = new Date(clock.date().getTime() + HOUR);
    const [hash, left, bobsOffer] = [bytes(32), bytes(32), bytes(32)];
    await accounts.offerDevice({ hash, clientId: alice.id, expires });
    await accounts.offerDevice({ hash: left, clientId: alice.id, expires });
    await accounts.offerDevice({ hash: bobsOffer, clientId: bob.id, expires });
    const { device } = admitted(await accounts.addDevice(hash, newDevice()));
    const [own] = await accounts.devices(alice.id);
    assert(own);
    const tokens = [
      await issue(tested, { deviceId: device.id }),
      await issue(tested, {
        deviceId: own.id,
      }),
    ];
    assert.equal(await accounts.removeDevice(bob.id, device.id), "device-unknown");
    assert.equal(await accounts.removeDevice(alice.id, device.id), "removed");
    assert.equal(await accounts.removeDevice(alice.id, device.id), "device-unknown");
    assert.equal(await accounts.removeDevice(alice.id, own.id), "last-device");
    const states = await Promise.all(
      tokens.map(async (token) => (await accounts.token(token.hash))?.state),
    );
    assert.deepEqual(states, ["revoked", "valid"]);
    assert.equal(await accounts.addDevice(left, newDevice()), "invitation-unknown");
    assert.equal(admitted(await accounts.addDevice(bobsOffer, newDevice())).repeated, false);
    const [bobs] = await accounts.devices(bob.id);
    assert(bobs);
    await failsWith(issue(tested, { deviceId: device.id }), "unknown-client");
    await failsWith(issue(tested, { deviceId: bobs.id }), "unknown-client");
  });

  test("knows tokens until they are revoked or expire, and then why", async (tested) => {
    const { storage: { accounts }, alice, bob, clock } = tested;
    const [own] = await accounts.devices(alice.id);
    assert(own && own.lastUsed === undefined);
    const [long, short] = [
      await issue(tested, { deviceId: own.id, hours: 48 }),
      await issue(tested, { deviceId: own.id, hours: 1 }),
    ];
    const [bobs] = await accounts.devices(bob.id);
    assert(bobs);
    await issue({ ...tested, alice: bob }, { deviceId: bobs.id, hours: 48 });
    assert.deepEqual((await accounts.devices(alice.id))[0]?.lastUsed, clock.date());
    assert.deepEqual(await accounts.token(long.hash), { ...long, state: "valid" });
    assert.deepEqual(await accounts.tokens(alice.id), [short, long]);
    assert.equal(await accounts.token(bytes(32)), undefined);
    clock.advance(HOUR);
    assert.equal((await accounts.token(short.hash))?.state, "expired");
    assert.deepEqual(await accounts.tokens(alice.id), [long]);
    assert.equal(await accounts.revokeToken(alice.id, short.id), false);
    assert.equal(await accounts.revokeToken(bob.id, long.id), false);
    assert.equal(await accounts.revokeToken(alice.id, long.id), true);
    assert.equal(await accounts.revokeToken(alice.id, long.id), false);
    assert.equal((await accounts.token(long.hash))?.state, "revoked");
    assert.deepEqual(await accounts.tokens(alice.id), []);
    clock.advance(7 * DAY);
    assert.equal(await accounts.token(long.hash), undefined);
  });

  test("has a limit of tokens that hold: what expires first goes", async (tested) => {
    const { storage: { accounts }, alice } = tested;
    const [own] = await accounts.devices(alice.id);
    assert(own);
    const long = await issue(tested, { deviceId: own.id, hours: 48 });
    const first = await issue(tested, { deviceId: own.id, hours: 1 });
    await Promise.all(
      Array.from({ length: MOST_TOKENS - 1 }, () => issue(tested, { deviceId: own.id, hours: 2 })),
    );
    assert.equal((await accounts.tokens(alice.id)).length, MOST_TOKENS);
    assert.equal((await accounts.token(long.hash))?.state, "valid");
    assert.equal((await accounts.token(first.hash))?.state, "revoked");
  });
}

function admitted(result: Admitted | string): Admitted {
  assert(typeof result === "object", `${result}`);
  return result;
}

async function issue(
  { storage: { accounts }, alice, clock }: {
    readonly storage: TreeStorage;
    readonly alice: Account;
    readonly clock: { readonly date: () => Date };
  },
  { deviceId, hours = 1 }: { readonly deviceId: DeviceId; readonly hours?: number },
) {
  return await accounts.issueToken({
    id: tokenIdOf(bytes(16)),
    hash: bytes(32),
    clientId: alice.id,
    deviceId,
    scope: "write",
    expires: new Date(clock.date().getTime() + hours * HOUR),
  });
}
