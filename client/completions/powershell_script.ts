/**
 * The script for PowerShell (5.1 and later), which asks `program` for suggestions, one per line:
 * see `completionLines()`.
 */
export function powershellScript(program: string): string {
  return `# Completes command lines of ${program}; what a word may become, the program says.

Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)

  # The words before the one at the cursor, without quotes.
  $words = @('completions', 'powershell')
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
      $words += $element.Value
    } else {
      $words += $element.Extent.Text
    }
  }
  $word = $wordToComplete.Trim([char[]]"'\`"")
  # Before 7.3 an empty argument is left out, but for one in quotes.
  $last = $word
  if ($word -eq '' -and ($PSVersionTable.PSVersion -lt [version]'7.3' -or
      $PSNativeCommandArgumentPassing -eq 'Legacy')) { $last = '""' }

  # A text with anything but plain characters needs quotes to be one word.
  $quoted = {
    param($text)
    if ($text -match '^[\\w./\\\\:=-]+$') { $text } else { "'" + $text.Replace("'", "''") + "'" }
  }
  foreach ($line in (& ${program} @words $last 2>$null)) {
    if (-not $line) { continue }
    if ($line.StartsWith('__FILE__:')) {
      # Of --flag=VALUE, the value is what is completed.
      $flag = ''
      $value = $word
      if ($word -match '^--[a-z-]+=') {
        $flag = $Matches[0]
        $value = $word.Substring($flag.Length)
      }
      $only = @{ }
      if ($line.StartsWith('__FILE__:directory:')) { $only = @{ Directory = $true } }
      $folder = $value -replace '[^/\\\\]*$', ''
      $name = $value.Substring($folder.Length)
      $from = if ($folder) { $folder } else { '.' }
      Get-ChildItem -LiteralPath $from @only -ErrorAction SilentlyContinue |
        Where-Object { $_.Name.StartsWith($name, [StringComparison]::OrdinalIgnoreCase) } |
        ForEach-Object {
          $path = $flag + $folder + $_.Name
          [System.Management.Automation.CompletionResult]::new(
            (& $quoted $path), $_.Name, 'ProviderItem', $path)
        }
    } else {
      $text, $description = $line -split "\`t", 2
      if (-not $description) { $description = $text }
      [System.Management.Automation.CompletionResult]::new(
        (& $quoted $text), $text, 'ParameterValue', $description)
    }
  }
}
`;
}
