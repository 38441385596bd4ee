/** What one server noted of an address since it told the others of it. */
export interface AddressChange {
  /** Names the address: itself, or its network. Texts that are the same are the same address. */
  readonly key: string;
  /** Failures that are to be added. */
  readonly failures: number;
  /** Registrations that are to be added, or taken off again. */
  readonly names: number;
  /** Milliseconds for which this server bans it; 0 if it does not. */
  readonly bannedFor: number;
}

/** What all servers together know of an address. */
export interface AddressRecord extends AddressChange {
  /** Milliseconds since the hour of its registrations began. */
  readonly namesFor: number;
}

/** How failures and registrations of an address are counted. */
export interface AddressRules {
  /** Failures after which it is banned. */
  readonly failures: number;
  /** Milliseconds for which it is. */
  readonly banTime: number;
  /** Milliseconds after which one failure is removed from the count. */
  readonly forgiveness: number;
  /** Milliseconds after which the count of registrations starts over. */
  readonly namesTime: number;
}

/** The failures, registrations and bans of addresses, for all servers of a database. */
export interface AddressRecords {
  /**
   * Adds what this server has noted, in one transaction, and returns what is known of addresses
   * that any server has changed since the last call; the first one returns all that counts still.
   * Throws a `StorageError`: nothing was added then, unless its reason is `outcome-unknown`.
   */
  exchange(
    changes: readonly AddressChange[],
    rules: AddressRules,
  ): Promise<readonly AddressRecord[]>;
}
