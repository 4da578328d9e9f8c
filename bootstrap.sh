#!/usr/bin/env bash
# From a fresh checkout to a running program, on Debian 12 and Ubuntu 24.04. See usage below.
set -euo pipefail

# Same names on both systems. Tools whose output depends on their version are pinned.
readonly build_packages=(
    gcc libc6-dev cmake ninja-build pkgconf git ca-certificates
    libyaml-dev libhdf5-dev libxxhash-dev libjansson-dev libisal-dev
    libdeflate-dev)
readonly test_packages=(
    libcmocka-dev dpkg-dev g++ zsh fish groff-base clang-14 clang-format-14 clang-tidy-14 shellcheck valgrind strace libomp-14-dev
    libclang-rt-14-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user python3 python3-yaml python3-jsonschema python3-numpy python3-scipy
    python3-mpmath python3-xxhash python3-crc32c
    python3-statsmodels python3-sklearn python3-dask python3-matplotlib mypy python3-pip python3-venv python3-wheel python3-setuptools patchelf
    python3-selenium
    python3-nbclient python3-nbformat python3-ipykernel
    python3-h5py python3-pandas python3-xarray python3-netcdf4 python3-h5netcdf
    slurmctld slurmd slurm-client munge
    hdf5-tools netcdf-bin r-base-core r-cran-ncdf4 r-cran-hdf5r r-bioc-rhdf5
    r-cran-ggplot2 r-cran-jsonlite)
# Ubuntu has Chromium as a snap only; the tests that want a browser, Optuna or PyTorch are skipped there.
readonly debian_test_packages=(chromium chromium-driver python3-optuna python3-torch)

usage() {
    cat <<'END'
Usage: ./bootstrap.sh run  [--yes]
       ./bootstrap.sh test [--yes] [--preset NAME] [--slow]

  run    install what is missing, build, train experiments/lab9.yaml and print its report
  test   install what is missing, build, and run the fast tests: at most five minutes on two cores after `run`

  --yes          install missing packages without asking (root is never asked)
  --preset NAME  build of CMakePresets.json to test: release (default), ci, debug, sanitize, thread
  --slow         run the slow tests in place of the fast ones: up to 140 minutes on two cores
  --help         this text

Packages come from apt-get; with everything installed, nothing needs root or a network.
The build goes to build/<preset>, results to results/.
END
}

fail() {
    printf 'bootstrap.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Prints the packages among its arguments that are not installed, one a line.
missing_packages() {
    local package
    for package; do
        is_installed "$package" || printf '%s\n' "$package"
    done
}

# Whether the user, who is not root, agrees that sudo installs packages.
agrees_to_install() {
    command -v sudo >/dev/null || return
    [[ $assume_yes == yes ]] && return
    [[ -t 0 && -t 1 ]] || return
    local answer
    read -r -p "Install them with sudo apt-get? [y/N] " answer
    [[ $answer == [yY]* ]]
}

install_missing() {
    command -v dpkg-query >/dev/null || {
        printf 'Not a Debian system: assuming these are there: %s\n' "$*" >&2
        return
    }
    local -a missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    printf 'Missing packages: %s\n' "${missing[*]}"
    if ((EUID != 0)); then
        agrees_to_install ||
            fail "nothing installed. To install them yourself, as root:
    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${missing[@]}"
}

# Builds a preset, with the tests (ON), which need more packages, or without (OFF).
build() {
    cmake --preset "$1" -DRNNSWEEP_TESTS="$2"
    cmake --build --preset "$1"
}

run_lab9() {
    local program=build/release/bin/rnnsweep
    # --fresh moves the results of an earlier call aside, so that this one trains again.
    "$program" run experiments/lab9.yaml --fresh
    cat <<END

The curve and the weights are in results/lab9.h5; docs/results-file.md shows how Python and R open it.
    $program show results/lab9.h5 0
    ./bootstrap.sh test      # checks these numbers, and many others, against NumPy
To call the program by its name in this shell:
    export PATH="$PWD/build/release/bin:\$PATH"
END
}

# An attribute of the <testsuite> element of a JUnit report.
junit_count() {
    sed -n "s/^[[:space:]]*$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# Runs a tier of the tests of a preset, fast or slow; the last line of output counts them.
run_tests() {
    local report=$PWD/build/$1/$2-tests.xml status=0
    local -a selection=()
    [[ $2 == fast ]] || selection=(--build-config Slow --label-regex "^slow$")
    rm -f "$report"
    # One more than there are cores, since the tests on Slurm and in a browser mostly wait.
    ctest --preset "$1" --parallel $(($(nproc) + 1)) "${selection[@]}" --output-junit "$report" || status=$?
    [[ -f $report ]] || fail "ctest did not run"
    local total failed skipped
    total=$(junit_count "$report" tests)
    failed=$(junit_count "$report" failures)
    skipped=$(($(junit_count "$report" skipped) + $(junit_count "$report" disabled)))
    printf '%d passed, %d failed, %d skipped\n' $((total - failed - skipped)) "$failed" "$skipped"
    return "$status"
}

command=
preset=release
tier=fast
assume_yes=no
while (($# > 0)); do
    case $1 in
    run | test) command=$1 ;;
    --yes | -y) assume_yes=yes ;;
    --slow) tier=slow ;;
    --preset)
        (($# > 1)) || fail "--preset needs a name" 64
        preset=$2
        shift
        ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && fail "unknown argument: $1" 64 ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")"
case $command in
run)
    install_missing "${build_packages[@]}"
    build release OFF
    run_lab9
    ;;
test)
    packages=("${build_packages[@]}" "${test_packages[@]}")
    if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
        packages+=("${debian_test_packages[@]}")
    fi
    install_missing "${packages[@]}"
    build "$preset" ON
    run_tests "$preset" "$tier"
    ;;
*) usage >&2 && exit 64 ;;
esac
