#!/usr/bin/env bash
# R CMD check of the package, without errors, warnings or notes.
#
#   check_package.sh R_PROGRAM PACKAGE_FOLDER
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$2" "$folder/rnnsweep"
cd "$folder"
"$1" CMD build rnnsweep
# Without a network there is no time to compare the clock with.
_R_CHECK_SYSTEM_CLOCK_=0 "$1" CMD check --no-manual rnnsweep_*.tar.gz
grep -q '^Status: OK$' rnnsweep.Rcheck/00check.log
