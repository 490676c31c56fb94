#!/bin/sh
# Installs what only tests need and pip cannot bring: PostgreSQL, chromium, Java. Where apt is not allowed it says which
# tests are left out and how to have them, and ends well; with CI=true a part that is missing is a failure.
# Usage: tools/system_parts.sh [postgresql] [chromium] [java]      (default: all three)
set -eu

present() {
  case "$1" in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 ;;
    chromium) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ;;
    java) command -v java >/dev/null 2>&1 ;;
    *) echo "system parts: there is no part $1; known are postgresql, chromium, java" >&2; exit 2 ;;
  esac
}

package() { if [ "$1" = java ]; then echo default-jre-headless; else echo "$1"; fi; }

needed_by() {
  case "$1" in
    postgresql) echo "tests of the PostgreSQL catalog and operations database" ;;
    chromium) echo "browser and accessibility tests" ;;
    java) echo "tests of Spark clusters" ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

install_part() {
  command -v apt-get >/dev/null 2>&1 || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$(package "$1")" && return 0
  as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$(package "$1")"
}

missing=0
[ $# -gt 0 ] || set -- postgresql chromium java
for part in "$@"; do
  if present "$part"; then continue; fi
  echo "system parts: installing $part"
  if install_part "$part" >/dev/null 2>&1 && present "$part"; then continue; fi
  missing=1
  echo "system parts: $part is not here; left out: $(needed_by "$part"). To have them: apt-get install $(package "$part")"
done
if [ "$missing" = 1 ] && [ "${CI:-}" = true ]; then exit 1; fi
exit 0
