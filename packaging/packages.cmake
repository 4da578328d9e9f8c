# Packages of a build, and the source release.
#
#   cmake --build build/release --target package    the .deb files, in build/release/packages
#   cmake --build build/release --target wheel      a Python wheel with the program, in build/release/packages
#   cmake --build build/release --target dist       rnnsweep-VERSION.tar.gz, in build/release/packages
#
# Three packages: rnnsweep has the program, its man pages and completion scripts, the C library with
# its headers, and the documents; python3-rnnsweep and r-other-rnnsweep read results files. R's is
# made where R and the packages that it imports are installed.
set(package_folder ${CMAKE_BINARY_DIR}/packages)

# ---- Files that only packages have ---------------------------------------------------------------

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs experiments DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(DIRECTORY analysis/python/rnnsweep DESTINATION lib/python3/dist-packages
        COMPONENT python EXCLUDE_FROM_ALL PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE DESTINATION share/doc/python3-rnnsweep RENAME copyright
        COMPONENT python EXCLUDE_FROM_ALL)

find_program(RNNSWEEP_R R)
mark_as_advanced(RNNSWEEP_R)
if(RNNSWEEP_R AND NOT DEFINED RNNSWEEP_R_IMPORTS) # asked once: R starts slowly
  execute_process(COMMAND ${RNNSWEEP_R} --no-echo --vanilla -e "for (name in c('ncdf4', 'hdf5r', 'ggplot2')) loadNamespace(name)"
                  RESULT_VARIABLE r_failed OUTPUT_QUIET ERROR_QUIET)
  if(r_failed)
    set(RNNSWEEP_R_IMPORTS OFF CACHE INTERNAL "R has the packages that analysis/R imports")
  else()
    set(RNNSWEEP_R_IMPORTS ON CACHE INTERNAL "R has the packages that analysis/R imports")
  endif()
endif()
set(CPACK_COMPONENTS_ALL program python)
if(RNNSWEEP_R AND RNNSWEEP_R_IMPORTS)
  list(APPEND CPACK_COMPONENTS_ALL r)
  install(CODE "
    set(library \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/R/site-library\")
    file(MAKE_DIRECTORY \"\${library}\")
    execute_process(COMMAND ${RNNSWEEP_R} CMD INSTALL --no-test-load --library=\${library}
                            ${PROJECT_SOURCE_DIR}/analysis/R
                    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)" COMPONENT r EXCLUDE_FROM_ALL)
  install(FILES LICENSE DESTINATION share/doc/r-other-rnnsweep RENAME copyright
          COMPONENT r EXCLUDE_FROM_ALL)
endif()

# ---- Debian --------------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rnnsweep)
set(CPACK_PACKAGE_VENDOR "The rnnsweep authors")
set(CPACK_PACKAGE_CONTACT "The rnnsweep authors <rnnsweep@example.org>")
set(CPACK_PACKAGE_DIRECTORY ${package_folder})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME rnnsweep)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
    "${PROJECT_DESCRIPTION}\n A sweep file says what to train; one HDF5 file holds losses, weights and test results.")
find_program(RNNSWEEP_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(RNNSWEEP_SHLIBDEPS)
if(RNNSWEEP_SHLIBDEPS) # from the package dpkg-dev
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "python3-rnnsweep")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "libxxhash-dev, r-other-rnnsweep")

set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-rnnsweep)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
    "python3 (>= 3.9), python3-numpy, python3-scipy, python3-pandas, python3-xarray, python3-netcdf4, python3-h5py")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "python3-matplotlib, python3-crc32c")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-dask, python3-sklearn")
set(CPACK_DEBIAN_PYTHON_DESCRIPTION
    "Results files of rnnsweep in Python\n Tables, statistics over seeds, figures, reports, and runs trained again in NumPy.")
# Byte code is made at installation, so that its removal leaves nothing behind.
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/packaging/python3-rnnsweep/postinst
    ${PROJECT_SOURCE_DIR}/packaging/python3-rnnsweep/prerm)

set(CPACK_DEBIAN_R_PACKAGE_NAME r-other-rnnsweep)
set(CPACK_DEBIAN_R_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_R_PACKAGE_DEPENDS "r-base-core (>= 4.1), r-cran-ncdf4, r-cran-hdf5r, r-cran-ggplot2")
set(CPACK_DEBIAN_R_DESCRIPTION
    "Results files of rnnsweep in R\n Tables, statistics over seeds, and figures.")

include(CPack)

# ---- Python wheel ---------------------------------------------------------------------------------

# The system's Python first, which has the packages.
find_program(RNNSWEEP_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(RNNSWEEP_PYTHON NAMES python3)
mark_as_advanced(RNNSWEEP_PYTHON)
if(RNNSWEEP_PYTHON)
  add_custom_target(wheel COMMAND ${RNNSWEEP_PYTHON} ${PROJECT_SOURCE_DIR}/packaging/make_wheel.py
                                  ${CMAKE_BINARY_DIR} ${package_folder}
                    DEPENDS rnnsweep VERBATIM)
endif()

# ---- Source release ------------------------------------------------------------------------------

# What is committed; .commit in it says which commit that is.
find_program(RNNSWEEP_GIT git)
mark_as_advanced(RNNSWEEP_GIT)
if(RNNSWEEP_GIT)
  set(archive ${package_folder}/rnnsweep-${PROJECT_VERSION}.tar.gz)
  add_custom_target(dist
    COMMAND ${CMAKE_COMMAND} -E make_directory ${package_folder}
    COMMAND ${RNNSWEEP_GIT} archive --format=tar.gz --prefix=rnnsweep-${PROJECT_VERSION}/
            --output=${archive} HEAD
    COMMAND ${CMAKE_COMMAND} -E echo "${archive}"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
endif()
