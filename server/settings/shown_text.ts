import { type Kind, kind } from "../../shared/settings/kind.ts";

/**
 * A text to show to people, trimmed: up to `longest` characters, no control characters (except line
 * ends, with `lines`), and none that change the direction of writing.
 */
export function shownText(
  { longest, lines = false }: { readonly longest: number; readonly lines?: boolean },
): Kind<string> {
  return kind({
    metavar: "TEXT",
    parse: (given) => faultOf(shown(given)) === undefined ? shown(given) : undefined,
    expected: "a text to show",
    fault: (given) => `Expected a text to show, but this one ${faultOf(shown(given))}`,
  });

  function faultOf(text: string): string | undefined {
    const { length } = [...text];
    if (length === 0) return "is empty";
    if (length > longest) return `has ${length} characters, and there is room for ${longest}`;
    if (!lines && text.includes("\n")) return "has several lines";
    return /[\p{Bidi_Control}\p{Cc}]/u.test(text.replaceAll("\n", ""))
      ? "has a control character in it"
      : undefined;
  }
}

function shown(given: string): string {
  return given.replaceAll(/\r\n?/g, "\n").trim();
}
