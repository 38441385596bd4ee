/**
 * The script for bash (3.2 and later), which asks `program` for suggestions, one per line: see
 * `completionLines()`.
 */
export function bashScript(program: string): string {
  return `# Completes command lines of ${program}; what a word may become, the program says.

# What a word of the command line stands for: quotes and backslashes taken away, nothing expanded.
_${program}_plain() {
  local rest=$1 quote='' char
  plain=''
  while [[ -n $rest ]]; do
    char=\${rest:0:1}
    rest=\${rest:1}
    if [[ -z $quote && ( $char == "'" || $char == '"' ) ]]; then
      quote=$char
    elif [[ $char == "$quote" ]]; then
      quote=''
    elif [[ $char == '\\' && $quote != "'" ]]; then
      plain+=\${rest:0:1}
      rest=\${rest:1}
    else
      plain+=$char
    fi
  done
}

_${program}() {
  local line word plain path value flag='' at
  local -a words=()
  # bash parts words at = and :, so the line is put together again: a word that nothing but such a
  # character parts from the one before belongs to it.
  local rest=\${COMP_LINE:0:COMP_POINT}
  for ((at = 0; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    line=\${rest#"\${rest%%[![:space:]]*}"}
    # Of the word at the cursor, what is before the cursor.
    ((at == COMP_CWORD)) && word=$line
    if ((at > 1)) && [[ $line == "$rest" ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    rest=\${line#"$word"}
  done
  # What bash replaces begins behind the last = or : of the word.
  local current=\${words[\${#words[@]} - 1]}
  _${program}_plain "$current"
  local last=$plain kept=''
  if [[ $current == *[=:]* && $current != [\\"\\']* ]]; then
    _${program}_plain "\${current%"\${current##*[=:]}"}"
    kept=$plain
  fi
  local -a before=()
  for ((at = 1; at < \${#words[@]} - 1; at++)); do
    _${program}_plain "\${words[at]}"
    before+=("$plain")
  done
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      '') ;;
      __FILE__:*)
        # Of --flag=VALUE, the value is what is completed.
        value=$last
        flag=''
        if [[ $last =~ ^--[a-z-]+= ]]; then
          flag=\${BASH_REMATCH[0]}
          value=\${last#"$flag"}
        fi
        local kind=-f
        [[ $line == __FILE__:directory:* ]] && kind=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do
          if [[ -d \${path/#\\~\\//$HOME/} ]]; then
            path+=/
            compopt -o nospace 2>/dev/null
          fi
          path=$flag$path
          COMPREPLY+=("\${path#"$kept"}")
        done < <(compgen "$kind" -- "$value")
        ;;
      *) COMPREPLY+=("\${line#"$kept"}") ;;
    esac
  done < <(${program} completions bash "\${before[@]}" "$last" 2>/dev/null)
}

complete -F _${program} ${program}
`;
}
