/**
 * Returns the key of a name or path. Two names are the same file on a system that ignores case or
 * Unicode form (NTFS, APFS, HFS+, ext4 with case folding) only if their keys are equal. It is
 * coarser than any single system: some names that a system distinguishes share a key too.
 */
export function foldName(name: string): string {
  let folded = name;
  // Changing the case can undo the normalization, and the other way round.
  for (;;) {
    const visible = folded.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}+/gu, "");
    // Upper case comes last: lower case has two forms of the Greek sigma.
    const next = visible.toLowerCase().toUpperCase().normalize("NFKC");
    if (next === folded) return folded;
    folded = next;
  }
}
