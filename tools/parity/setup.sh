#!/bin/bash
# Installs ROOT 6.40 from PyPI in a private Python environment: setup.sh [DIR]     (default: .root in the current folder)
#
# About 600 MB, Linux x86-64, Python 3.9 or newer. The wheel has no hist2workspace; ours takes its place, so that the folder
# DIR/bin on the path is all that nextstat parity needs.
set -euo pipefail
folder=${1:-.root}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/pip" -q install 'root==0.1a12'
folder=$(cd "$folder" && pwd)
printf '#!/bin/sh\nexec "%s/bin/python" "%s/../../parity/hist2workspace.py" "$@"\n' "$folder" "$here" > "$folder/bin/hist2workspace"
chmod +x "$folder/bin/hist2workspace"
echo "ROOT is ready: export PATH=\"$folder/bin:\$PATH\", or export NEXTSTAT_ROOT_PYTHON=\"$folder/bin/python\""
