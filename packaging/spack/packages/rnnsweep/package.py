"""A Spack recipe. In the source tree:

    cmake --build build/release --target dist
    spack repo add packaging/spack
    spack install --no-checksum rnnsweep

Not tried: the machines that test this project have no Spack. Its dependencies and options are
compared with CMake's in the tests (install.recipes)."""

import pathlib

from spack.package import *

try:
    from spack_repo.builtin.build_systems.cmake import CMakePackage
except ImportError:
    pass  # before Spack 1, spack.package has it

# The source release that the target `dist` makes, below the tree of this file.
RELEASES = pathlib.Path(__file__).resolve().parents[4] / "build/release/packages"


class Rnnsweep(CMakePackage):
    """Trains populations of small recurrent networks in parallel."""

    url = f"file://{RELEASES}/rnnsweep-0.1.0.tar.gz"

    license("Apache-2.0")

    conflicts("platform=darwin", msg="needs Linux with glibc")

    # Without a checksum, since the release is made on this machine.
    version("0.1.0")

    depends_on("c", type="build")
    depends_on("cmake@3.23:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("libyaml")
    depends_on("hdf5@1.10.7:1 +hl ~mpi")
    depends_on("xxhash")
    depends_on("jansson")
    depends_on("isa-l")
    depends_on("libdeflate")

    def cmake_args(self):
        return [self.define("RNNSWEEP_TESTS", False)]
