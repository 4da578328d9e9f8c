# cmake -DSOURCE=folder -DOUTPUT=file -P commit.cmake: writes a header that defines RNNSWEEP_COMMIT, the
# commit that the source is at, with "-dirty" when files differ from it. Runs in every build; a header
# that would say the same is left as it is, so that nothing is compiled again. Where the
# source is no checkout of its own (an archive, perhaps inside another project), the commit is that of
# the file .commit, which `git archive` fills in, else "unknown".
cmake_minimum_required(VERSION 3.23)
find_program(GIT git)
set(commit unknown)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-cdup
                  OUTPUT_VARIABLE above OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                  RESULT_VARIABLE failed)
  if(NOT failed AND above STREQUAL "")
    execute_process(COMMAND ${GIT} -C ${SOURCE} --no-optional-locks describe --always --dirty --abbrev=12
                    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(described)
      set(commit ${described})
    endif()
  endif()
endif()
if(commit STREQUAL unknown AND EXISTS ${SOURCE}/.commit)
  file(STRINGS ${SOURCE}/.commit archived REGEX "^[0-9a-f]+$")
  if(archived)
    string(SUBSTRING ${archived} 0 12 commit)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define RNNSWEEP_COMMIT \"@commit@\"\n" @ONLY)
