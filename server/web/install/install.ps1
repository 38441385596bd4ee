# Installs the Sealpost client @VERSION@ for the user who runs this, without administrator's rights:
#
#   irm @ORIGIN@/install.ps1 | iex
#
# It fetches the program, checks its SHA-256 digest, and puts it into %LOCALAPPDATA%\Programs\sealpost,
# or into the folder that SEALPOST_INSTALL_DIR names. All of it is one function that is called in the
# last line: of a script that was cut off on its way, nothing is run.

function Install-Sealpost {
  $ErrorActionPreference = 'Stop'
  # Without it a download is slower by far in Windows PowerShell.
  $ProgressPreference = 'SilentlyContinue'
  $origin = '@ORIGIN@'
  $server = '@SERVER@'
  $keyed = '@KEYED@'
  $version = '@VERSION@'
  $bin = if ($env:SEALPOST_INSTALL_DIR) { $env:SEALPOST_INSTALL_DIR } else {
    Join-Path $env:LOCALAPPDATA 'Programs\sealpost'
  }

  # Which processor is it? A program that is translated is told another one.
  $machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else {
    $env:PROCESSOR_ARCHITECTURE
  }
  $processor = switch ($machine) {
    'AMD64' { 'x86_64' }
    'ARM64' { 'aarch64' }
    default { throw "There is no client for processors of the kind $machine" }
  }
  $files = @{
    # @FILES@
  }
  $offer = $files["$processor-pc-windows-msvc"]
  if (-not $offer) { throw "$origin offers no client for $processor-pc-windows-msvc" }

  # Everything is made ready beside its place, and then put there by a rename.
  New-Item -ItemType Directory -Force -Path $bin | Out-Null
  $work = Join-Path $bin ('.sealpost.' + [guid]::NewGuid())
  New-Item -ItemType Directory -Path $work | Out-Null
  try {
    $fetched = Join-Path $work $offer.File
    Write-Output "Fetching $origin/downloads/$($offer.File)"
    Invoke-WebRequest -UseBasicParsing -Uri "$origin/downloads/$($offer.File)" -OutFile $fetched
    $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $fetched).Hash.ToLowerInvariant()
    if ($found -ne $offer.Digest) {
      throw ("$($offer.File) has the digest $found and not $($offer.Digest); nothing was installed. " +
        'It was damaged or changed on its way: try again, and if that does not help, tell who runs ' +
        'this server')
    }
    if ($offer.Kind -eq 'package') {
      $unpacked = Join-Path $work 'unpacked'
      Expand-Archive -LiteralPath $fetched -DestinationPath $unpacked
      $launcher = Get-ChildItem -Path $unpacked -Recurse -Filter 'sealpost.cmd' | Select-Object -First 1
      if (-not $launcher) { throw "There is no program in $($offer.File)" }
      $place = Join-Path $bin "$version-$processor"
      # What makes somebody a client may lie beside the program: it goes along, from one folder only,
      # that of this version, or of the one in use.
      $own = 'me.info', 'priv.key', 'transfer.info', 'servers', 'replaced'
      $others = @(Get-ChildItem -Path $bin -Directory -Filter "*-$processor" |
        Where-Object { $_.FullName -ne $place -and $_.Name -match '^\d' } |
        Where-Object { Test-Path -LiteralPath (Join-Path $_.FullName 'sealpost.cmd') } |
        ForEach-Object { $_.FullName })
      $used = Join-Path $bin 'sealpost.cmd'
      $text = if (Test-Path -LiteralPath $used) { Get-Content -Raw -LiteralPath $used } else { '' }
      $carried = @($place) + $others | Where-Object {
        $folder = $_
        ($folder -eq $place -or $text.Contains("%~dp0$(Split-Path -Leaf $folder)\")) -and
          ($own | Where-Object { Test-Path -LiteralPath (Join-Path $folder $_) })
      } | Select-Object -First 1
      if ($carried) {
        $own | ForEach-Object { Join-Path $carried $_ } | Where-Object { Test-Path -LiteralPath $_ } |
          ForEach-Object { Copy-Item -Recurse -LiteralPath $_ -Destination $launcher.DirectoryName }
      }
      if (Test-Path -LiteralPath $place) {
        Move-Item -LiteralPath $place -Destination (Join-Path $work 'old')
      }
      Move-Item -LiteralPath $launcher.DirectoryName -Destination $place
      $shim = Join-Path $work 'sealpost.cmd'
      Set-Content -LiteralPath $shim -Encoding ascii -Value "@`"%~dp0$version-$processor\sealpost.cmd`" %*"
      Move-Item -Force -LiteralPath $shim -Destination (Join-Path $bin 'sealpost.cmd')
      foreach ($old in $others) {
        $kept = $own | Where-Object { Test-Path -LiteralPath (Join-Path $old $_) }
        if ($old -eq $carried -or -not $kept) {
          # What runs at this moment cannot be removed; the next upgrade does it.
          Remove-Item -Recurse -Force -LiteralPath $old -ErrorAction SilentlyContinue
        } else {
          Write-Output "Kept $old, an older version, for the identity or transfer.info in it"
        }
      }
    } else {
      Move-Item -Force -LiteralPath $fetched -Destination (Join-Path $bin 'sealpost.exe')
    }
  } finally {
    Remove-Item -Recurse -Force -LiteralPath $work -ErrorAction SilentlyContinue
  }

  Write-Output "Installed Sealpost $version in $bin"
  if (($env:PATH -split ';') -notcontains $bin) {
    Write-Output 'Put it on your path:'
    Write-Output ("  [Environment]::SetEnvironmentVariable('Path', " +
      "[Environment]::GetEnvironmentVariable('Path', 'User') + ';$bin', 'User')")
  }
  if ($keyed -eq 'none') {
    Write-Output "To send a file:  sealpost FILE --server $server --name 'Your Name'"
  } else {
    Write-Output "To log in, once:  sealpost login '$keyed' --name 'Your Name'"
    Write-Output 'To send a file:  sealpost send FILE'
  }
  Write-Output 'Or run sealpost alone, which asks for what it needs, and sealpost doctor if it does not work'
  $installed = if ($offer.Kind -eq 'package') { 'sealpost.cmd', "$version-$processor" } else {
    @('sealpost.exe')
  }
  $paths = ($installed | ForEach-Object { "'$((Join-Path $bin $_) -replace "'", "''")'" }) -join ', '
  Write-Output "To remove it:  Remove-Item -Recurse $paths"
  if ($carried) { Write-Output "That removes the identity or transfer.info too which is in $place" }
}

Install-Sealpost
