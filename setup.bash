# Shared by ./run and ./test: a Python that is new enough, the system's libraries, and .venv/ from the locked files.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Prints the first Python that is at least 3.11, newest first.
find_python() {
  local name
  for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# WeasyPrint draws with Pango, which no Python package brings along.
has_pango() {
  "$1" - <<'PYTHON' 2>/dev/null
import ctypes
for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
    ctypes.CDLL(name)
PYTHON
}

# Installs Debian packages when we may, else names the command that does.
install_packages() {
  command -v apt-get >/dev/null || fail "Please install the equivalent of these Debian packages: $*"
  [ "$(id -u)" = 0 ] || fail "Some system packages are missing. Run this, then start again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
  say "Installing system packages: $*"
  apt-get update -qq || say "The package lists could not be refreshed; trying with the ones that are here."
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

install_system() {
  local missing=()
  find_python >/dev/null || missing+=(python3)
  local python
  python=$(find_python || true)
  if [ ! -x .venv/bin/python ] && { [ -z "$python" ] || ! "$python" -c 'import ensurepip, venv' 2>/dev/null; }; then
    # Debian splits venv from Python by minor version; any other Python brings its own.
    local version=python3
    [ -z "$python" ] || [ "$(dirname "$python")" != /usr/bin ] || version=$(basename "$(readlink -f "$python")")
    missing+=("$version-venv")
  fi
  if [ -z "$python" ] || ! has_pango "$python"; then
    missing+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core)
  fi
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  find_python >/dev/null || fail "Python 3.11 or newer is needed, and this system's packages hold only an older one."
}

# prepare REQUIREMENTS...: makes .venv/ anew only when the locked files or the Python changed.
prepare() {
  install_system
  local python stamp
  python=$(find_python)
  stamp=$({ cat "$@" pyproject.toml setup.bash; pwd; } | sha256sum | cut -d' ' -f1)-$("$python" -V 2>&1 | tr ' ' -)
  [ "$(cat .venv/stamp-"$1" 2>/dev/null || true)" != "$stamp" ] || [ ! -x .venv/bin/omni ] || return 0
  say "Setting up .venv with $("$python" -V) from $1 (only when something changed) ..."
  # Scripts inside name their place, so a checkout that was moved needs a new one; and a Python may have gone.
  if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || ! grep -qF "$PWD/.venv" .venv/pyvenv.cfg; then
    rm -rf .venv
    "$python" -m venv .venv
  fi
  # What is there already is not worth a line; what is being fetched is.
  .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$1" \
    | sed -u '/already satisfied/d; /^Ignoring /d; /^Looking in /d; /^Requirement/d' >&2 \
    || fail "The Python packages could not be installed; the lines above say why. Is there a connection to the package index?"
  .venv/bin/python -m pip install --disable-pip-version-check -q --no-index --no-build-isolation --no-deps -e . >&2
  printf '%s' "$stamp" >.venv/stamp-"$1"
  say "Set up."
}
