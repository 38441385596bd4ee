/**
 * The script for fish, which asks `program` for suggestions, one per line: see `completionLines()`.
 */
export function fishScript(program: string): string {
  return `# Completes command lines of ${program}; what a word may become, the program says.

function __${program}_complete
    command --query ${program}; or return
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l word (commandline --current-token --cut-at-cursor)
    # A quote that is still open cannot be taken away as one.
    set -l plain (string unescape -- $word)
    or set plain (string trim --left --chars='"\\'' -- $word)
    # Of --flag=VALUE, the value is what is completed.
    set -l flag (string match --regex -- '^--[a-z-]+=' $plain)
    set -l value (string replace --regex -- '^--[a-z-]+=' '' $plain)
    for line in (${program} completions fish $before[2..] $plain 2>/dev/null)
        switch $line
            case '__FILE__:directory:*'
                for path in (__fish_complete_directories $value '')
                    echo "$flag$path"
                end
            case '__FILE__:*'
                for path in (__fish_complete_path $value '')
                    echo "$flag$path"
                end
            case '*'
                echo $line
        end
    end
end

complete --command ${program} --no-files --arguments '(__${program}_complete)'
`;
}
