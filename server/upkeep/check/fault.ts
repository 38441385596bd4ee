/** What is wrong with a file, or with contents. */
export type FaultKind =
  /** A file on record has no contents. */
  | "missing"
  /** Its contents have another size. */
  | "size"
  /** Its contents have another checksum. */
  | "checksum"
  /** Its contents cannot be read. */
  | "unreadable"
  /** Contents are nobody's: no row has them. */
  | "nobody's";

/** Something that is not as it should be. */
export interface Fault {
  readonly kind: FaultKind;
  /** The file as `<client id>/<path>`; for what is nobody's, where it lies. */
  readonly what: string;
  /** A sentence that says what was found, without a final period. */
  readonly message: string;
}
