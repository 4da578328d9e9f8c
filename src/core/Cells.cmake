# RS_CELL_VARIANTS: the cells of RS_CELL_LIST in include/rnnsweep/cells.h, as WORD_plain, and as
# WORD_leaky too where the last column is 1.
set(rs_cells_header ${PROJECT_SOURCE_DIR}/include/rnnsweep/cells.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${rs_cells_header})
file(READ ${rs_cells_header} rs_cells_text)
set(RS_CELL_LINE "X\\(RS_CELL_[A-Z0-9_]+, ([a-z0-9_]+), [0-9]+, [0-9]+, ([01])\\)")
string(REGEX MATCHALL "${RS_CELL_LINE}" rs_cell_lines "${rs_cells_text}")
set(RS_CELL_VARIANTS)
foreach(line ${rs_cell_lines})
  string(REGEX MATCH "${RS_CELL_LINE}" matched "${line}")
  list(APPEND RS_CELL_VARIANTS ${CMAKE_MATCH_1}_plain)
  if(CMAKE_MATCH_2)
    list(APPEND RS_CELL_VARIANTS ${CMAKE_MATCH_1}_leaky)
  endif()
endforeach()

# What cell_instance.c needs to be told for a variant.
function(rs_cell_definitions result variant)
  string(REGEX MATCH "(.*)_(plain|leaky)$" matched ${variant})
  set(is_leaky 0)
  if("${CMAKE_MATCH_2}" STREQUAL "leaky")
    set(is_leaky 1)
  endif()
  set(${result} RS_CELL=${CMAKE_MATCH_1} RS_CELL_FILE="cells/${CMAKE_MATCH_1}.h" RS_LEAKY=${is_leaky}
      RS_VARIANT=${CMAKE_MATCH_2}
      PARENT_SCOPE)
endfunction()
