/**
 * Converts SQL that SQLite and PostgreSQL have in common (`sql/work.ts`): names of columns are
 * quoted, so that they keep their upper-case letters, `?` becomes `$1`, `$2` and so on, and hints
 * of SQLite go. Texts within quotes stay as they are.
 */
export function quotedSql(sql: string): string {
  let values = 0;
  return sql.replace(WORDS, (word) => {
    if (word === "?") return `$${++values}`;
    if (word.startsWith("INDEXED BY")) return "";
    return /^['"]/.test(word) ? word : `"${word}"`;
  });
}

/** Of words, only names of columns have letters of both cases, and `ID`. */
const WORDS = /'[^']*'|"[^"]*"|\?|INDEXED BY \w+|\b(?:ID|[A-Z]+[a-z]\w*)\b/g;
