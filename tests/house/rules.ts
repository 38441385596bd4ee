import { dirname } from "node:path/posix";
import { circles } from "./circles.ts";
import type { Source } from "./sources.ts";

/** A rule that all modules keep. */
export interface Rule {
  /** What holds, as a sentence. */
  readonly says: string;
  /** What breaks it, one line each. */
  readonly broken: (sources: readonly Source[]) => readonly string[];
}

/** Where the parts of a side are put together: these alone know every part. */
const COMPOSITION: ReadonlySet<string> = new Set([
  "client/run_client.ts",
  "server/run_server.ts",
  "server/upkeep/upkeep_parts.ts",
]);

/** A rule about each import by itself. */
function eachImport(says: string, allowed: (from: string, to: string) => boolean): Rule {
  return {
    says,
    broken: (sources) =>
      sources.flatMap(({ path, imports }) =>
        imports.filter((to) => !allowed(path, to)).map((to) => `${path} imports ${to}`)
      ),
  };
}

/** A rule about each line of code by itself. */
function eachLine(
  says: string,
  { pattern, except = () => false }: {
    readonly pattern: RegExp;
    readonly except?: (path: string) => boolean;
  },
): Rule {
  return {
    says,
    broken: (sources) =>
      sources.filter(({ path }) => !except(path)).flatMap(({ path, text }) =>
        text.split("\n").flatMap((line, index) => {
          const isComment = /^\s*(\*|\/\/|\/\*)/.test(line);
          return isComment || !pattern.test(line) ? [] : [`${path}:${index + 1}: ${line.trim()}`];
        })
      ),
  };
}

function side(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

/** The name of the protocol in whose folder a module lies, if it does. */
function protocolOf(path: string): string | undefined {
  return /\/(protocol\d+)\//.exec(path)?.[1];
}

/** What reads the time or sets a timer. */
const CLOCK_USE = new RegExp(
  [
    String.raw`\b(?:setTimeout|setInterval|AbortSignal\.timeout|Date\.now|performance|Temporal)\b`,
    String.raw`\bnew Date\(\)`,
  ].join("|"),
);

/** What opens files and sockets, or starts processes. */
const SYSTEM_USE = new RegExp(
  [
    String.raw`\bDeno\.(?!errors\b|build\b|version\b)`,
    // Neither a type of such a module opens something, nor what tells an address from a name.
    String
      .raw`(?<!readonly |typeof import\()"node:(?:fs|http|net(?!"\)\.isIP)|tls|dgram|dns|child)`,
  ].join("|"),
);

/** What takes flags from the words of a command line. */
const FLAGS_TAKEN =
  /\b(?:readSettings|runCommandLine|splitWords|parseArgs)\(|[=!]== "--?[a-z]|\bstartsWith\("--/;

/**
 * A variable of a module or a class, or a collection that is empty at first, but for one that is
 * declared as read-only.
 */
const VARIABLE = new RegExp(
  [
    "^(?:export )?let ",
    String.raw`^(?:export )?const \w+(?:: (?!Readonly|readonly).+)? = ` +
    String.raw`(?:new (?:Map|Set|WeakMap|WeakSet)\b.*\(\)|\[\]|\{\});`,
    String.raw`^  static (?!readonly )#?\w+(?:: .+)? =`,
  ].join("|"),
);

/** A method that an object may have or not. */
const OPTIONAL_METHOD = /^\s+(?:readonly )?\w+\?(?:<.*>)?(?:: )?\(/;

/** Where the interfaces of the storage are. */
const STORAGE_INTERFACES = /^server\/storage\/(?:versions|trees|contents)\//;

/** The rules of the house (docs/decisions/0002-repository-layout.md). */
export const RULES: readonly Rule[] = [
  eachImport(
    "Client and server import shared/ and never each other; shared/ imports neither",
    (from, to) => side(to) === "shared" || side(to) === side(from),
  ),
  eachImport(
    "Nothing outside a protocol's folders imports from one, but where a side is put together",
    (from, to) => {
      const protocol = protocolOf(to);
      return protocol === undefined || protocolOf(from) === protocol || COMPOSITION.has(from);
    },
  ),
  eachImport(
    "server/storage/ knows nothing but shared/, and server/listening/ does not know server/files/",
    (from, to) => {
      if (from.startsWith("server/storage/")) return /^(server\/storage|shared)\//.test(to);
      return !(from.startsWith("server/listening/") && to.startsWith("server/files/"));
    },
  ),
  eachImport(
    "The folder of a storage backend is imported by server/storage/open_*.ts alone",
    (from, to) => {
      const backend = /^server\/storage\/(sqlite|disk|postgres|s3)\//.exec(to)?.[0];
      return backend === undefined || from.startsWith(backend) ||
        /^server\/storage\/open_\w+\.ts$/.test(from);
    },
  ),
  {
    // A late import of a module that is not there fails when it is reached, and no sooner.
    says: "Each module that is imported is there, late imports included",
    broken: (sources) => {
      const paths = new Set(sources.map(({ path }) => path));
      return sources.flatMap(({ path, imports }) =>
        imports.filter((to) => /\.tsx?$/.test(to) && !paths.has(to))
          .map((to) => `${path} imports ${to}, which is not there`)
      );
    },
  },
  {
    says: "No files import each other in a circle",
    broken: (sources) => circles(new Map(sources.map(({ path, imports }) => [path, imports]))),
  },
  {
    says: "No folders import each other in a circle",
    broken: (sources) => circles(folderArrows(sources)),
  },
  eachLine("Only main.ts reads the arguments of the process", {
    pattern: /\bDeno\.args\b/,
    except: (path) => path.endsWith("/main.ts"),
  }),
  eachLine("Only what a program runs in reads the environment of the process", {
    pattern: /\bDeno\.env\b|"node:process"/,
    except: (path) => path.endsWith("_io.ts"),
  }),
  eachLine("Only settings/ takes flags from the words of a command line", {
    pattern: FLAGS_TAKEN,
    except: (path) => path.includes("/settings/"),
  }),
  eachLine("shared/ opens no file and no socket", {
    pattern: SYSTEM_USE,
    except: (path) => !path.startsWith("shared/"),
  }),
  eachLine("Only system_clock.ts reads the time and sets timers: all others are given a clock", {
    pattern: CLOCK_USE,
    except: (path) => path.endsWith("/system_clock.ts"),
  }),
  eachImport(
    "The system's clock is imported by what a program runs in alone",
    (from, to) => !to.endsWith("/system_clock.ts") || from.endsWith("_io.ts"),
  ),
  eachLine("What one storage alone can do is an interface of its own, and no optional method", {
    pattern: OPTIONAL_METHOD,
    except: (path) => !STORAGE_INTERFACES.test(path),
  }),
  eachLine("No module has a variable of its own, or a collection that it fills", {
    pattern: VARIABLE,
    // It has the global scope of a worker to itself.
    except: (path) => path.endsWith("_worker.ts"),
  }),
];

/**
 * Which folder imports from which. A file that lies beside folders, such as an interface that
 * several of them implement, or what puts them together, counts as a folder of its own.
 */
function folderArrows(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  const above = new Set(sources.map(({ path }) => dirname(dirname(path))));
  const folderOf = (path: string) => above.has(dirname(path)) ? path : dirname(path);
  const arrows = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const from = folderOf(path);
    const to = arrows.get(from) ?? new Set();
    arrows.set(from, to);
    for (const folder of imports.map(folderOf)) if (folder !== from) to.add(folder);
  }
  return new Map([...arrows].map(([from, to]) => [from, [...to]]));
}
