/**
 * The script for zsh, which asks `program` for suggestions, one per line: see `completionLines()`.
 * It is loaded from a folder of `$fpath`, or read by `source` or `eval`.
 */
export function zshScript(program: string): string {
  return `#compdef ${program}
# Completes command lines of ${program}; what a word may become, the program says.

_${program}() {
  local line value
  local -a words_so_far described
  local files=
  # The words before the one at the cursor, and of that one what is before the cursor.
  words_so_far=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  for line in "\${(@f)$(${program} completions zsh "\${words_so_far[@]}" 2>/dev/null)}"; do
    case $line in
      ('') ;;
      (__FILE__:directory:*) files=folders ;;
      (__FILE__:*) files=any ;;
      (*)
        value=\${line%%$'\\t'*}
        value=\${value//:/\\\\:}
        [[ $line == *$'\\t'* ]] && value+=:\${line#*$'\\t'}
        described+=("$value")
        ;;
    esac
  done
  local ret=1
  (( $#described )) && _describe '${program}' described && ret=0
  if [[ -n $files ]]; then
    # Of --flag=VALUE, the value is what is completed.
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if [[ $files == folders ]]; then _files -/ && ret=0; else _files && ret=0; fi
  fi
  return ret
}

if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}
