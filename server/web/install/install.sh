#!/bin/sh
# Installs the Sealpost client @VERSION@ for the user who runs this, without becoming root:
#
#   curl -fsSL @ORIGIN@/install.sh | sh
#
# It fetches the program, checks its SHA-256 digest, and puts it into ~/.local/bin, or into the folder
# that SEALPOST_INSTALL_DIR names. All of it is one function that is called in the last line: of a
# script that was cut off on its way, nothing is run.

sealpost_install() {
  set -eu
  origin='@ORIGIN@'
  server='@SERVER@'
  keyed='@KEYED@'
  version='@VERSION@'
  bin="${SEALPOST_INSTALL_DIR:-$HOME/.local/bin}"

  quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
  say() { printf '%s\n' "$*"; }
  fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
  }

  # Which system is it?
  case "$(uname -s)" in
    Linux) system='unknown-linux-gnu' ;;
    Darwin) system='apple-darwin' ;;
    *) fail "there is no client for $(uname -s) here; see $origin/ (on Windows: install.ps1)" ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) processor='x86_64' ;;
    aarch64 | arm64) processor='aarch64' ;;
    *) fail "there is no client for processors of the kind $(uname -m)" ;;
  esac
  # A Mac that translates programs for Intel says that it has such a processor.
  if [ "$system" = apple-darwin ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null || :)" = 1 ]; then
    processor='aarch64'
  fi
  if [ "$system" = unknown-linux-gnu ] && ldd --version 2>&1 | grep -qi musl; then
    fail 'the client needs the GNU C library, and this system has musl'
  fi

  file='' kind='' digest=''
  case "$processor-$system" in
    # @FILES@
  esac
  [ -n "$file" ] || fail "$origin offers no client for $processor-$system"

  # What is needed?
  if command -v curl >/dev/null 2>&1; then
    fetch() { curl -fsSL --proto '=http,https' -o "$2" "$1"; }
  elif command -v wget >/dev/null 2>&1; then
    fetch() { wget -q -O "$2" "$1"; }
  else
    fail 'curl or wget is needed; install one of them'
  fi
  if command -v sha256sum >/dev/null 2>&1; then
    digest_of() { sha256sum "$1" | cut -d ' ' -f 1; }
  elif command -v shasum >/dev/null 2>&1; then
    digest_of() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
  elif command -v openssl >/dev/null 2>&1; then
    digest_of() { openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1; }
  else
    fail 'sha256sum, shasum or openssl is needed to check what is fetched; install one of them'
  fi

  # Everything is made ready beside its place, and then put there by one rename.
  mkdir -p "$bin"
  work="$(mktemp -d "$bin/.sealpost.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM

  say "Fetching $origin/downloads/$file"
  fetch "$origin/downloads/$file" "$work/$file" || fail "$file could not be fetched"
  found="$(digest_of "$work/$file")"
  if [ "$found" != "$digest" ]; then
    fail "$file has the digest $found and not $digest; nothing was installed. It was damaged or" \
      'changed on its way: try again, and if that does not help, tell who runs this server'
  fi

  if [ "$kind" = package ]; then
    # An archive with a folder in it, which goes where programs keep their data.
    share="${XDG_DATA_HOME:-$HOME/.local/share}/sealpost"
    place="$share/$version-$processor-$system"
    mkdir -p "$share"
    fresh="$(mktemp -d "$share/.new.XXXXXX")"
    trap 'rm -rf "$work" "$fresh"' EXIT
    tar -xzf "$work/$file" -C "$fresh"
    launcher="$(cd "$fresh" && find . -name sealpost -type f | head -n 1)"
    [ -n "$launcher" ] || fail "there is no program in $file"
    new="$fresh/$(dirname "$launcher")"
    # What makes somebody a client may lie beside the program: it goes along, from one folder only,
    # that of this version, or of the one in use.
    own_files='me.info priv.key transfer.info servers replaced'
    has_own() {
      for own in $own_files; do
        if [ -e "$1/$own" ]; then return 0; fi
      done
      return 1
    }
    carried=''
    for old in "$place" "$share"/*-"$processor-$system"; do
      if [ -n "$carried" ] || ! has_own "$old"; then continue; fi
      if [ "$old" != "$place" ] && ! grep -qF "/${old##*/}/sealpost" "$bin/sealpost" 2>/dev/null; then
        continue
      fi
      for own in $own_files; do
        if [ -e "$old/$own" ]; then cp -Rp "$old/$own" "$new/"; fi
      done
      carried="$old"
    done
    if [ -e "$place" ]; then mv "$place" "$fresh/.old"; fi
    mv "$new" "$place"
    printf '#!/bin/sh\nexec %s "$@"\n' "$(quoted "$place/sealpost")" >"$work/sealpost"
  else
    mv "$work/$file" "$work/sealpost"
  fi
  chmod 755 "$work/sealpost"
  mv -f "$work/sealpost" "$bin/sealpost"

  if "$bin/sealpost" --version >/dev/null 2>&1; then
    say "Installed Sealpost $version as $bin/sealpost"
    if [ "$kind" = package ]; then
      for old in "$share"/*-"$processor-$system"; do
        if [ "$old" = "$place" ] || [ ! -d "$old" ]; then continue; fi
        if [ "$old" = "$carried" ] || ! has_own "$old"; then
          rm -rf "$old"
        else
          say "Kept $old, an older version, for the identity or transfer.info in it"
        fi
      done
    fi
  else
    say "Installed Sealpost $version as $bin/sealpost, but it does not run on this system:"
    "$bin/sealpost" --version || :
  fi
  case ":$PATH:" in
    *":$bin:"*) ;;
    *) say "Put it on your path, in ~/.profile for instance:  export PATH=\"$bin:\$PATH\"" ;;
  esac
  if [ "$keyed" = none ]; then
    say "To send a file:  sealpost FILE --server $server --name 'Your Name'"
  else
    say "To log in, once:  sealpost login '$keyed' --name 'Your Name'"
    say "To send a file:  sealpost send FILE"
  fi
  say "Or run sealpost alone, which asks for what it needs, and sealpost doctor if it does not work"
  if [ "$kind" = package ]; then
    say "To remove it:  rm -rf $(quoted "$bin/sealpost") $(quoted "$share")"
    if has_own "$place"; then
      say "That removes the identity or transfer.info too which is in $place"
    fi
  else
    say "To remove it:  rm $(quoted "$bin/sealpost")"
  fi
}

sealpost_install "$@"
